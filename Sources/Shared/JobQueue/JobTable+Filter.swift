import Database
public import Timekeeping

extension JobTable {
  /// Which jobs a person means. Empty and nil do not restrict.
  public struct Filter: Sendable, Equatable {
    /// In one of these.
    public var states: [JobState]
    /// Of one of these.
    public var kinds: [String]
    /// In this one.
    public var queue: String?
    /// Stands somewhere in the reason; the case of ASCII letters does not count.
    public var reasonText: String?
    /// Enqueued then or later.
    public var createdSince: Timestamp?
    /// Enqueued before.
    public var createdBefore: Timestamp?
    /// The id of the worker that ran it last begins so.
    public var workerPrefix: String?
    /// Not the jobs enqueued since this one.
    public var idMax: Int64?
    /// How many jobs `list` returns at the most, > 0. Says nothing about which.
    public var limit: Int

    /// Every job, or those in one state, of one kind; `limit` > 0.
    public init(state: JobState? = nil, kind: String? = nil, limit: Int = 50) {
      states = state.map { [$0] } ?? []
      kinds = kind.map { [$0] } ?? []
      self.limit = limit
    }

    /// Whether it means this job, as the SQL says it.
    public func matches(_ job: JobRecord) -> Bool {
      (states.isEmpty || states.contains(job.state)) && (kinds.isEmpty || kinds.contains(job.kind))
        && queue.map { $0 == job.queue } ?? true
        && reasonText.map { job.reason?.contains(ignoringASCIICase: $0) ?? false } ?? true
        && createdSince.map { job.createdAt >= $0 } ?? true && createdBefore.map { job.createdAt < $0 } ?? true
        && workerPrefix.map { job.workerID?.unicodeScalars.starts(with: $0.unicodeScalars) ?? false } ?? true
        && idMax.map { job.id <= $0 } ?? true
    }
  }

  /// The conditions of a filter as SQL, with binds that are counted on from those given. Each begins with `AND`. `states`: the
  /// filter's, or none where the statement names its state itself.
  static func conditions(_ filter: Filter, states: [JobState], after binds: [SQLValue]) -> (
    sql: String, binds: [SQLValue]
  ) {
    var (sql, binds) = ("", binds)
    func bind(_ value: SQLValue) -> String {
      binds.append(value)
      return "$\(binds.count)"
    }
    // States are written literally: a partial index takes no binds.
    if !states.isEmpty { sql += " AND state IN (\(states.map { "'\($0.rawValue)'" }.joined(separator: ", ")))" }
    if !filter.kinds.isEmpty {
      sql += " AND kind IN (\(filter.kinds.map { bind(.text($0)) }.joined(separator: ", ")))"
    }
    if let queue = filter.queue { sql += " AND queue = \(bind(.text(queue)))" }
    if let text = filter.reasonText {
      sql += " AND lower(reason) LIKE lower(CAST(\(bind(.text(Self.pattern(of: text)))) AS text)) ESCAPE '\\'"
    }
    if let since = filter.createdSince { sql += " AND created_at >= \(bind(.time(since)))" }
    if let before = filter.createdBefore { sql += " AND created_at < \(bind(.time(before)))" }
    if let prefix = filter.workerPrefix {
      sql += " AND substr(worker_id, 1, \(prefix.unicodeScalars.count)) = \(bind(.text(prefix)))"
    }
    if let idMax = filter.idMax { sql += " AND id <= \(bind(.integer(idMax)))" }
    return (sql, binds)
  }

  private static func pattern(of text: String) -> String {
    "%" + text.replacing("\\", with: "\\\\").replacing("%", with: "\\%").replacing("_", with: "\\_") + "%"
  }
}

extension String {
  /// As the store's `lower(…) LIKE …`, which knows the case of ASCII letters only.
  fileprivate func contains(ignoringASCIICase text: String) -> Bool {
    func lowered(_ text: String) -> [UInt8] { text.utf8.map { 65...90 ~= $0 ? $0 + 32 : $0 } }
    return lowered(text).isEmpty || lowered(self).contains(lowered(text))
  }
}
