import Connectors
import Database
import JobQueue
import LeadStore
import Leads
import Timekeeping

/// Reads one source file into the catalog: in small transactions, so that nobody waits long, and so that a reading that
/// dies is simply done again.
struct ImportHandler: Sendable {
  let workplace: Workplace

  func run(_ job: LeasedJob, _ context: JobContext) async throws -> Settlement {
    let path = try Payload.decode(ImportPayload.self, from: job.payload).path
    let (source, generation) = try await workplace.store.write { transaction in
      try JobTable.requireLease(job.lease, in: transaction)
      let source = try SourceTable.findOrAdd(path: path, in: transaction)
      return (source, try SourceTable.beginReading(source.id, in: transaction))
    }
    let reading = SourceImport(
      source: source.id, generation: generation, lease: job.lease, workplace: workplace)
    let thread = DedicatedThread(name: "source", beside: workplace.store)
    let outcome: Result<SourceSummary, SourceError>
    do {
      outcome = .success(try await thread.run { try reading.read(path) })
    } catch let error as SourceError {
      outcome = .failure(error)
    }
    return settlement(of: outcome, reading: reading, path: path)
  }

  private func settlement(
    of outcome: Result<SourceSummary, SourceError>, reading: SourceImport, path: String
  ) -> Settlement {
    let now = workplace.clock.now()
    let actor = workplace.actor
    switch outcome {
    case .success(let summary):
      let counts = SourceRow.Counts(
        records: summary.records, usable: summary.usable, repeated: reading.repeated, rejected: summary.rejected)
      workplace.meters.source(.read, counts)
      let fingerprint = SourceImport.fingerprint(summary.fingerprint, path: path, in: workplace)
      return Settlement(.succeeded(result: nil)) { transaction in
        try reading.finish(counts, fingerprint: fingerprint, now: now, in: transaction)
        try AuditTable.append(
          .sourceRead, subject: path,
          detail: [
            "records": counts.records, "usable": counts.usable, "repeated": counts.repeated,
            "rejected": counts.rejected,
          ], actor: actor, now: now, in: transaction)
      }
    case .failure(let error):
      let reason = "\(error)"
      let state: SourceState = if case .missing = error { .missing } else { .unreadable }
      workplace.meters.source(state)
      // The job did what it could: it is the file that needs somebody.
      return Settlement(.succeeded(result: nil)) { transaction in
        try SourceTable.fail(reading.source, state: state, problem: reason, in: transaction)
      }
    }
  }
}
