import Connectors
import Database
import JobQueue
import LeadStore
import Leads
import Synchronization
import Timekeeping

/// One reading of one file, on a thread of its own.
final class SourceImport: Sendable {
  /// Records in one transaction.
  private static let chunkMax = 1000

  let source: Int64
  private let generation: Int
  private let lease: Lease
  private let workplace: Workplace
  private var store: Store { workplace.store }
  private let repetitions = Mutex(0)

  init(source: Int64, generation: Int, lease: Lease, workplace: Workplace) {
    self.source = source
    self.generation = generation
    self.lease = lease
    self.workplace = workplace
  }

  /// Usable records whose lead stood elsewhere, or earlier in the file, or was uploaded before.
  var repeated: Int { repetitions.withLock { $0 } }

  /// What a source's leads depend on: the file, what is written into each row, what the file calls the fields, and the rules of
  /// segments. When it changes, the file is read again.
  static func fingerprint(_ file: SourceFingerprint, path: String, in workplace: Workplace) -> String {
    let names = workplace.sources.names[path]?.fingerprint ?? ""
    let segments = workplace.policy.steering.segmentsFingerprint
    return "\(file) \(workplace.upload.sourceLabel)" + (names.isEmpty ? "" : " fields \(names)")
      + (segments.isEmpty ? "" : " segments \(segments)")
  }

  /// Blocks. Throws `SourceError`, `leaseLost`, and what the store throws.
  func read(_ path: String) throws -> SourceSummary {
    var chunk: [SourceRecord] = []
    let summary = try SourceFile(path: path, names: workplace.sources.names[path] ?? .usual).read { record in
      chunk.append(record)
      if chunk.count == Self.chunkMax {
        try write(chunk)
        chunk.removeAll(keepingCapacity: true)
      }
    }
    try write(chunk)
    return summary
  }

  private func write(_ records: [SourceRecord]) throws {
    guard !records.isEmpty else { return }
    let repeated = try store.writeBlocking { [self] transaction in
      try JobTable.requireLease(lease, in: transaction)
      let now = workplace.clock.now()
      var repeated = 0
      for record in records {
        switch record.outcome {
        case .usable(let lead, _):
          let isNew = try CatalogTable.put(
            lead, segment: Segment.name(among: workplace.policy.steering.segments, of: lead.value), line: record.line,
            source: source, generation: generation, label: workplace.upload.sourceLabel, now: now, in: transaction)
          if !isNew { repeated += 1 }
        case .rejected(let reason):
          try SourceTable.reject(
            source: source, position: record.position, line: record.line, reason: reason, in: transaction)
        }
      }
      return repeated
    }
    repetitions.withLock { $0 += repeated }
  }

  /// Closes a complete reading. A lead that left this file may stand in another one, which is then read again.
  func finish(
    _ counts: SourceRow.Counts, fingerprint: String, now: Timestamp, in transaction: Transaction
  ) throws {
    try SourceTable.finish(
      source, state: .read, fingerprint: fingerprint, counts: counts, problem: nil, now: now, in: transaction)
    let withdrawn = try CatalogTable.withdrawUnseen(
      source: source, generation: generation, now: now, in: transaction)
    if withdrawn > 0 { try SourceTable.forgetFingerprints(except: source, in: transaction) }
  }
}
