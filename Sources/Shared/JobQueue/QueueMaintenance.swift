public import Database
public import Logging
public import ServiceLifecycle
import Synchronization
public import Timekeeping

/// Keeps a store in shape: moves the write-ahead log into the file, and lets finished jobs go when they have been kept long
/// enough. Every program that uses the store runs one; the process that holds the role `maintenance` does the work, and when
/// it dies another takes over.
///
/// Jobs are deleted in small portions, each a transaction of its own with a pause three times as long behind it, so that
/// writers never wait long and at most a quarter of the writing time is spent on the past.
public final class QueueMaintenance: Service {
  /// How long finished jobs are kept, and how the work is cut up.
  public struct Settings: Sendable {
    /// 30 days and a million by default.
    public var succeeded = Retention(age: .seconds(30 * 86_400), count: 1_000_000)
    /// 30 days and a million by default.
    public var cancelled = Retention(age: .seconds(30 * 86_400), count: 1_000_000)
    /// They wait for a person: 90 days and a million by default.
    public var dead = Retention(age: .seconds(90 * 86_400), count: 1_000_000)
    /// From one pass to the next, > 0. Each moves the write-ahead log.
    public var interval = Duration.seconds(5)
    /// From one search for jobs to let go to the next, > 0; at once while there are more.
    public var pruningInterval = Duration.seconds(60)
    /// How many jobs, with their events, one transaction deletes; > 0.
    public var portion = 500
    /// How many portions of each state one pass deletes at the most; > 0.
    public var portionsPerPass = 10
    /// How long the account of a schedule's ticks is kept, > 0; the newest one stays. 30 days by default.
    public var ticksKept = Duration.seconds(30 * 86_400)

    /// What else is let go with the same care, in this order.
    public var chores: [Chore] = []

    /// The defaults.
    public init() {}
  }

  /// Something of the program's own that grows old in the store, and is let go in portions.
  public struct Chore: Sendable {
    /// For the log: `ticks`.
    public let what: String
    /// How much one transaction takes, > 0.
    public let portion: Int
    /// Lets go at most `limit`, and returns how many; fewer: there are no more.
    public let run: @Sendable (_ limit: Int, _ now: Timestamp, _ transaction: Transaction) throws -> Int

    /// See the properties.
    public init(
      _ what: String, portion: Int,
      run: @escaping @Sendable (_ limit: Int, _ now: Timestamp, _ transaction: Transaction) throws -> Int
    ) {
      precondition(portion > 0, "a portion does something")
      self.what = what
      self.portion = portion
      self.run = run
    }
  }

  /// What one pass did.
  public struct Report: Sendable, Equatable {
    /// Jobs deleted, by their state; states without any are left out.
    public var pruned: [JobState: Int] = [:]
    /// Whether a portion was left for the next pass.
    public var hasMore = false
    /// Whether the write-ahead log was moved; if not, the store was too busy, and it is tried again.
    public var isCheckpointed = false
  }

  private struct State {
    var isOver = false
    /// Nil: pruning is due.
    var lastPruning: ContinuousClock.Instant?
  }

  /// The role in the store, and how long a silent holder keeps it.
  private static let role = "maintenance"
  private static let lease = Duration.seconds(20)
  private static let pauseMin = Duration.milliseconds(20)

  private let store: Store
  private let holder: String
  private let settings: Settings
  private let clock: WallClock
  private let logger: Logger
  private let describe: @Sendable (any Error) -> String
  private let state = Mutex(State())
  private let bell: Wakeup

  /// `holder`: the text of this process's `ProcessIdentity`. `describe` words an error for the log.
  public init(
    store: Store, holder: String, settings: Settings = Settings(), clock: WallClock, logger: Logger,
    describe: @escaping @Sendable (any Error) -> String
  ) {
    precondition(settings.portion > 0 && settings.portionsPerPass > 0, "a pass does something")
    precondition(settings.interval > .zero && settings.pruningInterval > .zero, "there is time between two passes")
    self.store = store
    self.holder = holder
    self.settings = settings
    self.clock = clock
    bell = Wakeup(clock: clock)
    self.logger = logger
    self.describe = describe
  }

  /// Makes a pass at every interval until it is cancelled or its service group shuts down, then returns within one portion.
  /// A pass that fails is logged and tried again.
  public func run() async {
    await withTaskCancellationOrGracefulShutdownHandler {
      var hasMore = false
      while !state.withLock({ $0.isOver }) {
        await bell.wait(upTo: hasMore ? Self.pauseMin : settings.interval)
        guard !state.withLock({ $0.isOver }) else { return }
        do {
          hasMore = try await pass()?.hasMore ?? false
        } catch {
          hasMore = false
          logger.warning("maintenance failed", metadata: ["reason": "\(describe(error))"])
        }
      }
    } onCancelOrGracefulShutdown: { [self] in
      state.withLock { $0.isOver = true }
      bell.ring()
    }
  }

  /// One pass, by the clock. See `pass(now:)`.
  @discardableResult
  public func pass() async throws -> Report? {
    try await pass(now: clock.now())
  }

  /// One pass at a given time: claims the role, deletes what retention lets go if that is due, moves the write-ahead log.
  /// Nil when another process holds the role. Throws what the store throws; what was deleted by then stays so.
  @discardableResult
  public func pass(now: Timestamp) async throws -> Report? {
    let round = Round(start: now, clock: clock)
    guard try await holdsRole(round) else { return nil }
    var report = Report()
    if isPruningDue {
      guard try await prune(round, &report) else { return nil }
      let isFinished = !report.hasMore
      state.withLock { $0.lastPruning = isFinished ? clock.elapsed() : nil }
    }
    // The role fences checkpoints: two must never overlap.
    guard try await holdsRole(round) else { return nil }
    report.isCheckpointed = try await store.checkpoint()
    if !report.isCheckpointed { logger.debug("the checkpoint was put off: the store is busy") }
    return report
  }

  /// A pass judges by one moment, while its role is kept by a time that goes on.
  private struct Round: Sendable {
    let start: Timestamp
    private let clock: WallClock
    private let began: ContinuousClock.Instant

    init(start: Timestamp, clock: WallClock) {
      self.start = start
      self.clock = clock
      began = clock.elapsed()
    }

    var now: Timestamp { start + (clock.elapsed() - began) }
  }

  private var isPruningDue: Bool {
    state.withLock { $0.lastPruning }.map { clock.elapsed() - $0 >= settings.pruningInterval } ?? true
  }

  private func holdsRole(_ round: Round) async throws -> Bool {
    try await store.write { [self] in try claim(round.now, in: $0) }
  }

  private func claim(_ now: Timestamp, in transaction: Transaction) throws -> Bool {
    try LeadershipTable.claim(Self.role, holder: holder, duration: Self.lease, now: now, in: transaction) != nil
  }

  // MARK: Pruning

  /// False when the role was lost on the way.
  private func prune(_ round: Round, _ report: inout Report) async throws -> Bool {
    for (state, retention) in [
      (JobState.succeeded, settings.succeeded), (.cancelled, settings.cancelled), (.dead, settings.dead),
    ] {
      let end = try await store.read { try JobTable.pruningEnd(state, retention, now: round.start, in: $0) }
      let outcome = try await portions(round, of: settings.portion) { limit, _, transaction in
        try JobTable.prune(state, upTo: end, limit: limit, in: transaction)
      }
      guard let outcome else { return false }
      note(outcome, "jobs", ["state": "\(state.rawValue)"], &report)
      if outcome.count > 0 { report.pruned[state] = outcome.count }
    }
    let ticks = Chore("ticks", portion: settings.portion) { [settings] limit, now, transaction in
      try ScheduleTable.prune(before: now - settings.ticksKept, limit: limit, in: transaction)
    }
    for chore in [ticks] + settings.chores {
      guard let outcome = try await portions(round, of: chore.portion, chore.run) else { return false }
      note(outcome, chore.what, [:], &report)
    }
    return true
  }

  private func note(
    _ outcome: (count: Int, hasMore: Bool), _ what: String, _ more: Logger.Metadata, _ report: inout Report
  ) {
    if outcome.hasMore { report.hasMore = true }
    guard outcome.count > 0 else { return }
    logger.debug(
      "let go what was kept long enough",
      metadata: more.merging(["what": "\(what)", "count": "\(outcome.count)"]) { old, _ in old })
  }

  /// Deletes portion by portion, as far as one pass goes. Nil when the role was lost.
  private func portions(
    _ round: Round, of portion: Int, _ delete: @escaping @Sendable (Int, Timestamp, Transaction) throws -> Int
  ) async throws -> (count: Int, hasMore: Bool)? {
    var count = 0
    for _ in 0..<settings.portionsPerPass {
      guard !state.withLock({ $0.isOver }) else { return (count, false) }
      let began = clock.elapsed()
      let deleted = try await store.write { [self] transaction in
        try claim(round.now, in: transaction) ? try delete(portion, round.start, transaction) : nil
      }
      guard let deleted else { return nil }
      count += deleted
      guard deleted >= portion else { return (count, false) }
      await bell.wait(upTo: max(Self.pauseMin, (clock.elapsed() - began) * 3))
    }
    return (count, true)
  }
}
