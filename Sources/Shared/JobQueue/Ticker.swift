public import Database
public import Logging
import Synchronization
public import Timekeeping

/// Keeps the schedules of a store: of all processes that run one, the one that holds the role accounts for the due times and
/// enqueues their jobs. The others stand by.
///
/// It sleeps until exactly the next due time, but never longer than five seconds, so that a clock that is set and a role that
/// changes are noticed. Correctness rests on the term, which is required in every transaction that writes, not on the role:
/// a leader that was suspended and goes on writes nothing. Errors are logged, and it goes on.
public final class Ticker: Sendable {
  /// A schedule and how the jobs of its ticks are enqueued.
  public struct Duty: Sendable {
    /// Declared in the store by each new leader, and again when it has changed.
    public let schedule: Schedule
    /// Called in the transaction that accounts for the tick, on the store's writing thread.
    public let enqueue: TickEnqueue

    /// See the properties; `ScheduleTable.enqueue` makes the usual `enqueue`.
    public init(_ schedule: Schedule, enqueue: @escaping TickEnqueue) {
      self.schedule = schedule
      self.enqueue = enqueue
    }
  }

  /// The role that the programs of one store contend for, unless they name another.
  public static let defaultRole = "scheduler"
  /// How long the role outlives the last sign of its holder, on another machine; a dead process of the same machine is
  /// noticed at once.
  public static let roleDuration = Duration.seconds(20)

  /// How often it looks. The defaults fit programs; a simulation of days looks less often.
  public struct Pace: Sendable {
    /// How long the role outlives the last sign of its holder, > 0.
    public var roleDuration = Ticker.roleDuration
    /// The longest sleep of the holder, > 0.
    public var sleepMax = Duration.seconds(5)
    /// How often one that stands by looks whether the role is free, and how long an error is slept over; > 0.
    public var standByInterval = Duration.seconds(1)

    /// The defaults.
    public init() {}
  }

  private struct State {
    var leadership: Leadership?
    /// Set with `leadership`.
    var claimedAt: ContinuousClock.Instant?
    /// What this leader has declared in its term.
    var declared: [String: Schedule] = [:]
  }

  private let role: String
  private let holder: String
  private let duties: @Sendable () -> [Duty]
  private let store: Store
  private let pace: Pace
  private let clock: WallClock
  private let logger: Logger
  private let describe: @Sendable (any Error) -> String
  private let state = Mutex(State())
  private let bell: Wakeup

  /// `holder`: a `ProcessIdentity`'s text. `duties` is asked in every pass, so that a changed schedule takes effect at once
  /// after `nudge`. `describe` turns an error into words for the log.
  public init(
    role: String = Ticker.defaultRole, holder: String, store: Store, pace: Pace = Pace(), clock: WallClock,
    logger: Logger,
    describe: @escaping @Sendable (any Error) -> String, duties: @escaping @Sendable () -> [Duty]
  ) {
    self.role = role
    self.holder = holder
    self.duties = duties
    self.store = store
    self.pace = pace
    self.clock = clock
    bell = Wakeup(clock: clock)
    self.logger = logger
    self.describe = describe
  }

  /// Works until the task is cancelled; then gives the role up, so that the next one takes it at once.
  public func run() async {
    while !Task.isCancelled {
      await bell.wait(upTo: await pass())
    }
    await release()
  }

  /// Makes it look at once: a schedule was changed.
  public func nudge() {
    bell.ring()
  }

  /// One look at everything; returns how long there is nothing to do.
  private func pass() async -> Duration {
    do {
      guard let leader = try await lead() else { return pace.standByInterval }
      var wait = pace.roleDuration / 4
      for duty in duties() where !Task.isCancelled {
        wait = min(wait, try await attendOrLog(duty, as: leader))
      }
      return max(.zero, min(wait, pace.sleepMax))
    } catch {
      if case LeadershipError.lost = error { state.withLock { $0 = State() } }
      logger.warning("the schedules could not be kept", metadata: ["reason": "\(describe(error))"])
      return pace.standByInterval
    }
  }

  /// One schedule that cannot be kept is in no other's way. Throws `LeadershipError.lost` only.
  private func attendOrLog(_ duty: Duty, as leader: Leadership) async throws -> Duration {
    do {
      return try await attend(to: duty, as: leader)
    } catch let error as LeadershipError {
      throw error
    } catch {
      logger.error(
        "a schedule could not be kept",
        metadata: ["schedule": "\(duty.schedule.name)", "reason": "\(describe(error))"])
      return pace.standByInterval
    }
  }

  // MARK: The role

  /// Takes or keeps the role; nil when another process holds it.
  private func lead() async throws -> Leadership? {
    let (current, claimedAt) = state.withLock { ($0.leadership, $0.claimedAt) }
    let asked = clock.elapsed()
    if let current, let claimedAt, asked - claimedAt < pace.roleDuration / 4 { return current }
    let claimed = try await store.write { [self] transaction -> Leadership? in
      let now = clock.now()
      return try LeadershipTable.claim(
        role, holder: holder, duration: pace.roleDuration, now: now, in: transaction
      ).map { Leadership(role: role, holder: holder, term: $0, expiresAt: now + pace.roleDuration) }
    }
    let isNew = claimed != nil && claimed?.term != current?.term
    state.withLock { state in
      if claimed?.term != state.leadership?.term { state.declared = [:] }
      (state.leadership, state.claimedAt) = (claimed, asked)
    }
    if let claimed, isNew {
      logger.info("took the role", metadata: ["role": "\(role)", "term": "\(claimed.term)"])
    } else if current != nil, claimed == nil {
      logger.warning("another process took the role", metadata: ["role": "\(role)"])
    }
    return claimed
  }

  private func release() async {
    guard let leader = state.withLock({ $0.leadership }) else { return }
    do {
      _ = try await store.write {
        try LeadershipTable.release(leader.role, holder: leader.holder, term: leader.term, in: $0)
      }
    } catch {
      logger.warning("could not give the role up; it runs out", metadata: ["reason": "\(describe(error))"])
    }
  }

  // MARK: Schedules

  /// Declares a schedule that is new or changed, and accounts for what is due. Returns the time to the next tick.
  private func attend(to duty: Duty, as leader: Leadership) async throws -> Duration {
    let name = duty.schedule.name
    if state.withLock({ $0.declared[name] }) != duty.schedule {
      let isDeclared = try await store.write { [clock] transaction in
        let now = clock.now()
        try LeadershipTable.require(leader.role, holder: leader.holder, term: leader.term, now: now, in: transaction)
        return try ScheduleTable.declare(duty.schedule, now: now, in: transaction)
      }
      guard isDeclared else {
        try await tick(duty, as: leader)
        return .zero
      }
      state.withLock { $0.declared[name] = duty.schedule }
    }
    let (next, now) = try await store.read { [clock] transaction in
      let now = clock.now()
      return (try ScheduleTable.find(name, in: transaction)?.nextMoment(now: now), now)
    }
    guard let next else { return pace.sleepMax }
    guard next <= now else { return next - now }
    try await tick(duty, as: leader)
    return .zero
  }

  private func tick(_ duty: Duty, as leader: Leadership) async throws {
    let name = duty.schedule.name
    let pass = try await store.write { [clock] transaction in
      try ScheduleTable.tick(name, by: leader, now: clock.now(), in: transaction, enqueue: duty.enqueue)
    }
    if pass.missed > 0 {
      logger.warning("ticks were missed", metadata: ["schedule": "\(name)", "ticks": "\(pass.missed)"])
    }
    if pass.skipped > 0 {
      logger.info("ticks were skipped", metadata: ["schedule": "\(name)", "ticks": "\(pass.skipped)"])
    }
  }
}
