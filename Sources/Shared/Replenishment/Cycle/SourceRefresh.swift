import Connectors
import Database
import JobQueue
import LeadStore
import Leads
import Timekeeping

/// Brings the catalog up to date: an `import` job for each source whose file is new or changed. An unchanged file costs one
/// `stat`.
struct SourceRefresh: Sendable {
  /// Its `sourcePaths` are files.
  private let workplace: Workplace
  private let watch: JobWatch
  private let listProblems: [String]

  /// Looks which files there are now.
  init(workplace: Workplace, watch: JobWatch) {
    let list = SourceList(of: workplace.sourcePaths)
    var workplace = workplace
    workplace.sourcePaths = list.paths
    self.workplace = workplace
    self.watch = watch
    listProblems = list.problems
  }

  /// The files of this cycle, in the order of the configuration.
  var paths: [String] { workplace.sourcePaths }

  /// Returns what is wrong with sources, in the order of the configuration.
  func run() async throws -> [String] {
    try await listProblems + refresh()
  }

  private func refresh() async throws -> [String] {
    try await workplace.store.write { [workplace] transaction in
      try CatalogTable.withdrawStrays(keeping: workplace.sourcePaths, now: workplace.clock.now(), in: transaction)
    }
    // One after another, in the configured order: of several files with the same lead the first keeps it.
    for path in try await changedPaths() {
      guard let job = try await enqueue(path) else { continue }
      let ended = try await watch.wait(for: [job], kind: .importSource)
      if let dead = ended.first(where: { $0.state != .succeeded }) {
        return ["a source could not be imported: \(dead.reason ?? dead.state.rawValue)"]
      }
    }
    return try await workplace.store.read { [workplace] transaction in
      try workplace.sourcePaths.compactMap { try SourceTable.find(path: $0, in: transaction)?.problem }
    }
  }

  /// The import job of this file, also when somebody else enqueued it just before.
  private func enqueue(_ path: String) async throws -> Int64? {
    try await workplace.store.write { [workplace] transaction in
      try JobTable.enqueue(
        NewJob(
          kind: JobKind.importSource.rawValue, queue: JobKind.importSource.queue,
          payload: try Payload.encode(ImportPayload(path: path)), priority: 10, uniqueKey: "import:\(path)"),
        now: workplace.clock.now(), in: transaction)
        ?? JobTable.unfinished(uniqueKey: "import:\(path)", in: transaction)
    }
  }

  private func changedPaths() async throws -> [String] {
    let known = try await workplace.store.read { [workplace] transaction in
      try workplace.sourcePaths.map { ($0, try SourceTable.find(path: $0, in: transaction)?.fingerprint) }
    }
    return known.filter { path, fingerprint in
      guard let fingerprint, let file = try? SourceFingerprint(path: path) else { return true }
      return SourceImport.fingerprint(file, path: path, in: workplace) != fingerprint
    }.map(\.0)
  }
}
