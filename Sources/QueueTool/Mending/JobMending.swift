import Database
import JobQueue
import LeadStore
import Operations
import Replenishment
import Timekeeping

/// What `cancel` and `retry` share: the preview, the question, the portions, the audit trail and the report.
struct JobMending: Sendable {
  /// One changed or refused job, with a word on what follows from it.
  struct Changed: Sendable {
    var result: ManualResult
    var note: String?
  }

  /// Refused jobs of a filter that are named; the rest is counted.
  private static let namedMax = 20

  let desk: Desk
  let verb: ManualVerb
  let actor: String
  let reason: String
  let format: OutputFormat

  /// Changes the jobs named, in one transaction. Exit code 1 when none could be changed.
  func run(named ids: [Int64], isDryRun: Bool) async throws -> ExitStatus {
    if isDryRun { return try await preview(named: ids) }
    let changed = try await mend(ids)
    switch format {
    case .table: desk.screen.show(changed.flatMap { $0.tree(verb).lines(on: desk.screen) })
    case .json: desk.screen.show(Self.listing(changed, verb), as: .json)
    }
    return changed.contains { $0.result.outcome.isChange } ? .done : .failed
  }

  /// Changes the jobs named, in one transaction with an entry of the audit trail for each that was changed. Shows nothing.
  func mend(_ ids: [Int64]) async throws -> [Changed] {
    try await desk.store.write(.power) { [self] transaction in
      let changed = try change(ids, matching: nil, in: transaction)
      for job in changed where job.result.outcome.isChange {
        try Desk.audit(
          verb.auditOne, subject: "job \(job.result.id)", reason: reason,
          detail: ["outcome": job.result.outcome.name].merging(
            job.result.kind.map { ["kind": $0] } ?? [:]
          ) { own, _ in own },
          actor: actor, now: desk.program.clock.now(), in: transaction)
      }
      return changed
    }
  }

  private func preview(named ids: [Int64]) async throws -> ExitStatus {
    let jobs = try await desk.store.read { try JobTable.find(ids, in: $0) }
    desk.screen.show(JobsCommand.listing(jobs), as: format)
    if jobs.count < ids.count { Message.warn("\(ids.count - jobs.count) of the jobs named do not exist.") }
    return .done
  }

  /// Previews what the filter means, asks, and changes it in portions, each a transaction and an entry of the audit
  /// trail.
  func run(_ filter: JobTable.Filter, choice: JobChoice) async throws -> ExitStatus {
    let tallies = try await tallies(of: filter)
    let count = tallies.reduce(0) { $0 + $1.count }
    if format == .table || choice.dryRun { desk.screen.show(Self.listing(tallies), as: format) }
    if format == .table, tallies.contains(where: { $0.kind == JobKind.upload.rawValue }) {
      desk.screen.tell([verb.uploadNotice])
    }
    guard count > 0, !choice.dryRun else { return .done }
    if !choice.yes {
      guard Question.canBeAsked else {
        throw ProgramError.usage(
          "Nothing was changed: give --yes to \(verb.rawValue) \(Self.jobs(count)), or --dry-run to look only.")
      }
      guard Question.isConfirmed("\(verb.imperative) \(Self.jobs(count))? [y/N] ") else {
        Message.note("Nothing was changed.")
        return .done
      }
    }
    let report = try await changeAll(filter, of: count, words: choice.words)
    switch format {
    case .table: desk.screen.tell(report.lines(verb, namedMax: Self.namedMax))
    case .json: desk.screen.show(report.document(verb))
    }
    return report.changed > 0 || report.refusals.isEmpty ? .done : .failed
  }

  /// The preview, read in short pieces.
  private func tallies(of filter: JobTable.Filter) async throws -> [JobTable.Tally] {
    let progress = ProgressLine()
    defer { progress.clear() }
    var sums: [JobTable.Tally] = []
    var last: Int64? = 0
    while let after = last {
      let (found, next) = try await desk.store.read { try JobTable.tally(of: filter, after: after, in: $0) }
      for tally in found {
        if let index = sums.firstIndex(where: { $0.kind == tally.kind && $0.state == tally.state }) {
          sums[index].count += tally.count
          sums[index].lastID = tally.lastID
        } else {
          sums.append(tally)
        }
      }
      last = next
      progress.show("\(sums.reduce(0) { $0 + $1.count }) jobs found")
    }
    return sums.sorted { ($0.kind, $0.state.rawValue) < ($1.kind, $1.state.rawValue) }
  }

  private func changeAll(_ filter: JobTable.Filter, of count: Int, words: String) async throws -> MendingReport {
    let progress = ProgressLine()
    defer { progress.clear() }
    var report = MendingReport()
    var last: Int64? = 0
    while let after = last {
      let portion = try await desk.store.read { try JobTable.portion(of: filter, after: after, in: $0) }
      last = portion.next
      guard !portion.ids.isEmpty else { continue }
      let changed = try await desk.store.write(.power) { [self] transaction in
        let changed = try change(portion.ids, matching: filter, in: transaction)
        try audit(changed, words: words, in: transaction)
        return changed
      }
      report.add(changed)
      progress.show("\(report.changed) of \(count) jobs \(verb.past)")
    }
    return report
  }

  private func change(
    _ ids: [Int64], matching filter: JobTable.Filter?, in transaction: Transaction
  ) throws -> [Changed] {
    let now = desk.program.clock.now()
    let results = try verb.change(
      ids, matching: filter, because: "\(verb.past) by \(actor): \(reason)", now: now, in: transaction)
    return try results.map { Changed(result: $0, note: try verb.note(on: $0, in: transaction)) }
  }

  /// One entry for a portion; none when nothing was changed.
  private func audit(_ jobs: [Changed], words: String, in transaction: Transaction) throws {
    let changed = jobs.map(\.result).filter(\.outcome.isChange)
    guard let first = changed.first, let last = changed.last else { return }
    try Desk.audit(
      verb.auditMany, subject: "jobs \(first.id) to \(last.id)", reason: reason,
      detail: [
        "filter": words, "count": changed.count, "first": first.id, "last": last.id,
        "asked_to_stop": changed.count { $0.outcome == .askedToStop }, "refused": jobs.count - changed.count,
      ], actor: actor, now: desk.program.clock.now(), in: transaction)
  }

  static func jobs(_ count: Int) -> String { count == 1 ? "1 job" : "\(count) jobs" }

  // MARK: Listings

  static func listing(_ tallies: [JobTable.Tally]) -> Listing {
    Listing(
      name: "preview",
      columns: [
        .init(title: "KIND", field: "kind", widthMin: 8), .init(title: "STATE", field: "state"),
        .init(title: "JOBS", field: "count", isNumber: true),
        .init(title: "FIRST", field: "first_id", isNumber: true),
        .init(title: "LAST", field: "last_id", isNumber: true),
      ],
      rows: tallies.map {
        [
          .text($0.kind), .text($0.state.rawValue, $0.state.colour), .int($0.count), .integer($0.firstID),
          .integer($0.lastID),
        ]
      }, whenEmpty: "No such jobs; nothing to do.")
  }

  static func listing(_ jobs: [Changed], _ verb: ManualVerb) -> Listing {
    Listing(
      name: "jobs",
      columns: [
        .init(title: "JOB", field: "id", isNumber: true), .init(title: "KIND", field: "kind"),
        .init(title: "RESULT", field: "result"), .init(title: "NOTE", field: "note", widthMin: 20),
      ],
      rows: jobs.map { job in
        [
          .integer(job.result.id), .optional(job.result.kind),
          .text(job.result.outcome.words(verb)),
          .optional(job.sentence(verb)),
        ]
      }, whenEmpty: "No such jobs.")
  }
}
