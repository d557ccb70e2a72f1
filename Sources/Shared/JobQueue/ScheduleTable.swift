public import Database
public import Timekeeping

/// Schedules and the account of their due times: `schedule`, `tick`. Each verb is one whole transition inside the caller's
/// transaction; `now` is the store's clock. The writing verbs belong to the process that holds the role of the ticker.
public enum ScheduleTable {
  /// Makes sure that the schedule is in the store, with these policies and this timing from now on.
  ///
  /// A new interval begins now, the first tick at once; a new cron expression is due at its first time after now. A timing
  /// that changes begins anew: an interval an interval after the last time accounted for, or now if that has passed; a cron
  /// expression after now. Returns false, having changed nothing, when due times of the old timing are still to be accounted
  /// for: `tick` comes first then, so that none goes without an outcome.
  public static func declare(_ schedule: Schedule, now: Timestamp, in transaction: Transaction) throws -> Bool {
    var account = TickAccount(schedule.timing, startingAt: now)
    if let stored = try row(schedule.name, lock: transaction.lockRow, in: transaction) {
      account = stored.account
      if stored.timing != schedule.timing.text || stored.zone != schedule.timing.zoneName {
        // A timing that cannot be read has no due times; it is replaced.
        if let old = try? ScheduleTiming(text: stored.timing, zoneName: stored.zone),
          let next = TickDecision.nextMoment(old, stored.account, now: now), next <= now
        {
          return false
        }
        account = TickAccount(schedule.timing, after: stored.account, startingAt: now)
      }
    }
    try transaction.run(
      """
      INSERT INTO schedule (name, timing, zone, anchor_at, overlap, catch_up, accounted_until)
      VALUES ($1, $2, $3, $4, $5, $6, $7)
      ON CONFLICT (name) DO UPDATE SET timing = excluded.timing, zone = excluded.zone, anchor_at = excluded.anchor_at,
        overlap = excluded.overlap, catch_up = excluded.catch_up, accounted_until = excluded.accounted_until
      """,
      [
        .text(schedule.name), .text(schedule.timing.text), .text(schedule.timing.zoneName), .time(account.anchor),
        .text(schedule.overlap.rawValue), .text(schedule.catchUp.rawValue), .time(account.accountedUntil),
      ])
    return true
  }

  /// Accounts for the due times that have come, at most `TickDecision.rowsMax` of them: see `TickDecision`. `enqueue` is
  /// called for each that is to run, in order of time.
  ///
  /// Throws `LeadershipError.lost` before anything else when `leader` no longer holds its role in its term: a leader that was
  /// suspended while another took over writes nothing. Throws `ScheduleError.unknown` and `unreadable`, and what `enqueue`
  /// throws. A time that ran is never run again, whatever the clock does.
  public static func tick(
    _ name: String, by leader: Leadership, now: Timestamp, in transaction: Transaction, enqueue: TickEnqueue
  ) throws -> TickPass {
    try LeadershipTable.require(
      leader.role, holder: leader.holder, term: leader.term, now: now, in: transaction)
    guard let row = try row(name, lock: transaction.lockRow, in: transaction) else {
      throw ScheduleError.unknown(name)
    }
    let schedule = try row.schedule
    let unfinished =
      schedule.overlap == .skip ? try JobTable.unfinished(uniqueKey: schedule.uniqueKey, in: transaction) : nil
    let decision = TickDecision(schedule, row.account, now: now, unfinishedJob: unfinished)
    var account = TickTable(schedule: name, term: leader.term, now: now, transaction: transaction)
    for entry in decision.entries { try account.write(entry, enqueue) }
    if decision.account != row.account {
      try transaction.run(
        "UPDATE schedule SET accounted_until = $2, anchor_at = $3 WHERE name = $1",
        [.text(name), .time(decision.account.accountedUntil), .time(decision.account.anchor)])
    }
    account.pass.isComplete = decision.isComplete
    return account.pass
  }

  /// The usual `enqueue`: the job of the tick, under the schedule's unique key if it skips overlaps.
  public static func enqueue(
    _ job: @escaping @Sendable (DueTick) throws -> NewJob, for schedule: Schedule
  ) -> TickEnqueue {
    { tick, transaction in
      var job = try job(tick)
      if schedule.overlap == .skip { job.uniqueKey = schedule.uniqueKey }
      guard let id = try JobTable.enqueue(job, now: tick.now, in: transaction) else {
        return .refused(because: "an unfinished job has the same unique key")
      }
      return .job(id)
    }
  }

  // MARK: Looking

  /// The schedule of this name; nil when there is none. Throws `CronError` and `ScheduleError.unreadable` for a timing
  /// that this program cannot read.
  public static func find(_ name: String, in transaction: Transaction) throws -> ScheduleRecord? {
    try row(name, lock: "", in: transaction).map { ScheduleRecord(schedule: try $0.schedule, account: $0.account) }
  }

  /// By name, at most `limit`.
  public static func list(limit: Int, in transaction: Transaction) throws -> [ScheduleRecord] {
    try transaction.query("SELECT \(columns) FROM schedule ORDER BY name LIMIT $1", [.int(limit)], Row.init).map {
      ScheduleRecord(schedule: try $0.schedule, account: $0.account)
    }
  }

  /// The due times of a schedule with their outcome, newest first, at most `limit`. `outcome`: only those. Walks what
  /// retention has left of the schedule's ticks; for people, not for loops.
  public static func ticks(
    of name: String, outcome: TickOutcome? = nil, limit: Int, in transaction: Transaction
  ) throws -> [TickRecord] {
    try transaction.query(
      """
      SELECT at, outcome, reason, job_id, term, recorded_at FROM tick
      WHERE schedule = $1 AND (CAST($2 AS text) IS NULL OR outcome = $2) ORDER BY at DESC LIMIT $3
      """, [.text(name), .optional(outcome?.rawValue), .int(limit)]
    ) { row in
      guard let outcome = TickOutcome(rawValue: row.text(1)) else {
        preconditionFailure("the schema allows an outcome that the code does not know")
      }
      return TickRecord(
        at: row.time(0), outcome: outcome, reason: row.optionalText(2), jobID: row.optionalInt64(3), term: row.int(4),
        recordedAt: row.time(5))
    }
  }

  /// Removes the account of due times before `before`, oldest first, at most `limit` in one call, and never the newest one of
  /// a schedule. Returns how many; fewer than `limit`: there are no more.
  public static func prune(before: Timestamp, limit: Int, in transaction: Transaction) throws -> Int {
    let names = try transaction.query("SELECT name FROM schedule ORDER BY name LIMIT \(schedulesMax)") { $0.text(0) }
    var count = 0
    for name in names where count < limit {
      count += try transaction.run(
        """
        DELETE FROM tick WHERE schedule = $1 AND at IN (
          SELECT at FROM tick
          WHERE schedule = $1 AND at < $2 AND at < (SELECT max(newest.at) FROM tick AS newest WHERE newest.schedule = $1)
          ORDER BY at LIMIT $3)
        """, [.text(name), .time(before), .int(limit - count)])
    }
    return count
  }

  /// More schedules than this no store has.
  private static let schedulesMax = 1000

  // MARK: Rows

  private static let columns = "name, timing, zone, anchor_at, overlap, catch_up, accounted_until"

  /// A row before its timing is read.
  private struct Row {
    let name: String
    let timing: String
    let zone: String
    let overlap: Schedule.Overlap
    let catchUp: Schedule.CatchUp
    let account: TickAccount

    init(_ row: Database.Row) {
      guard let overlap = Schedule.Overlap(rawValue: row.text(4)), let catchUp = Schedule.CatchUp(rawValue: row.text(5))
      else { preconditionFailure("the schema allows a policy that the code does not know") }
      (name, timing, zone) = (row.text(0), row.text(1), row.text(2))
      (self.overlap, self.catchUp) = (overlap, catchUp)
      account = TickAccount(accountedUntil: row.time(6), anchor: row.time(3))
    }

    var schedule: Schedule {
      get throws {
        Schedule(
          name: name, timing: try ScheduleTiming(text: timing, zoneName: zone), overlap: overlap, catchUp: catchUp)
      }
    }
  }

  private static func row(_ name: String, lock: String, in transaction: Transaction) throws -> Row? {
    try transaction.first("SELECT \(columns) FROM schedule WHERE name = $1" + lock, [.text(name)], Row.init)
  }
}
