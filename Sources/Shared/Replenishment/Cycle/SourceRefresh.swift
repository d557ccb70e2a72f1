import Connectors
import Database
import JobQueue
import LeadStore
import Timekeeping

/// Brings the catalog up to date: an `import` job for each configured source whose file changed. An unchanged file costs one
/// `stat`.
struct SourceRefresh: Sendable {
  let workplace: Workplace
  let watch: JobWatch

  /// Returns what is wrong with sources, in the order of the configuration.
  func run() async throws -> [String] {
    let changed = try await changedPaths()
    let now = workplace.clock.now()
    let jobs = try await workplace.store.write { transaction in
      try changed.compactMap { path in
        try JobTable.enqueue(
          NewJob(
            kind: JobKind.importSource.rawValue, queue: JobKind.importSource.queue,
            payload: try Payload.encode(ImportPayload(path: path)), priority: 10, uniqueKey: "import:\(path)"),
          now: now, in: transaction)
          ?? JobTable.unfinished(uniqueKey: "import:\(path)", in: transaction)
      }
    }
    if !jobs.isEmpty {
      let ended = try await watch.wait(for: jobs, kind: .importSource)
      if let dead = ended.first(where: { $0.state != .succeeded }) {
        return ["a source could not be imported: \(dead.reason ?? dead.state.rawValue)"]
      }
    }
    return try await workplace.store.read { [workplace] transaction in
      try workplace.sourcePaths.compactMap { try SourceTable.find(path: $0, in: transaction)?.problem }
    }
  }

  private func changedPaths() async throws -> [String] {
    let known = try await workplace.store.read { [workplace] transaction in
      try workplace.sourcePaths.map { ($0, try SourceTable.find(path: $0, in: transaction)?.fingerprint) }
    }
    return known.filter { path, fingerprint in
      guard let fingerprint, let file = try? SourceFingerprint(path: path) else { return true }
      return SourceImport.fingerprint(file, label: workplace.upload.sourceLabel) != fingerprint
    }.map(\.0)
  }
}
