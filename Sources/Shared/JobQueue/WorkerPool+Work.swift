import Database
import Logging
import Synchronization
import Timekeeping

/// Leasing and settling.
extension WorkerPool {
  /// How soon a pool looks again that found jobs which a limit or a rate forbids.
  private static let soon = Duration.milliseconds(100)

  /// Works until drained, in several lanes: while the turn of one is written, the others prepare the next, so that the store
  /// does not wait for the pool. The first lane looks for work when there is none.
  func work() async {
    await withDiscardingTaskGroup { group in
      for lane in lanes.indices.dropFirst() {
        group.addTask { await self.takeTurns(lane) }
      }
      await takeTurns(0)
    }
  }

  private func takeTurns(_ lane: Int) async {
    while true {
      switch state.withLock({ $0.nextStep(of: lane, settings) }) {
      case .take(let turn):
        await take(turn)
      case .rest:
        await rest()
      case .wait(let isFirstNeeded):
        // The first lane looks after what this one leaves.
        if isFirstNeeded { lanes[0].ring() }
        await lanes[lane].wait(upTo: nil)
      case .drain(let deadline):
        if lane != 0 { lanes[0].ring() }
        await lanes[lane].wait(upTo: stopRunning(after: deadline))
      case .end:
        ringAll()
        return
      }
    }
  }

  /// A turn is due: one lane that waits takes it. Without one, the first that comes back does.
  func ring() {
    if let lane = state.withLock({ $0.idleLanes.popLast() }) { lanes[lane].ring() }
  }

  /// Everybody is to look.
  func ringAll() {
    for bell in lanes { bell.ring() }
  }

  // MARK: Working

  /// Writes what has ended and leases for the free slots, in one transaction.
  private func take(_ turn: PoolState.Turn) async {
    do {
      let asked = clock.elapsed()
      let (states, jobs) = try await store.write(turn.durability, company: .beside) { [self] transaction in
        let now = try observedNow(in: transaction)
        let states = try write(turn.ended, now: now, in: transaction)
        // A job that was just handed back is not for this worker to lease again, nor are the places that others wait for.
        let isDraining = state.withLock { $0.drainDeadline != nil }
        if isDraining, !turn.ended.isEmpty { transaction.announce(.work) }
        let slots = isDraining ? 0 : turn.slots
        return (states, slots > 0 ? try JobTable.lease(request(slots), now: now, in: transaction) : [])
      }
      for (ended, state) in zip(turn.ended, states) { log(ended, state) }
      start(jobs, turn, asked: asked)
    } catch {
      await recover(turn, from: error)
    }
  }

  private func request(_ count: Int) -> JobTable.LeaseRequest {
    JobTable.LeaseRequest(
      worker: worker.id, kinds: kinds, queues: settings.queues, count: count, duration: settings.leaseDuration)
  }

  /// Returns the state of each job; nil where the lease is lost, or the job was handed back.
  private func write(_ ended: [PoolState.Ended], now: Timestamp, in transaction: Transaction) throws -> [JobState?] {
    guard !ended.isEmpty else { return [] }
    let unfinished = ended.compactMap { $0.ending == nil ? $0.lease : nil }
    try JobTable.giveBack(unfinished, now: now, in: transaction)
    let states = try JobTable.settle(ended.compactMap(\.ending), by: worker.id, now: now, in: transaction)
    guard !unfinished.isEmpty else { return states }
    var rest = states[...]
    return ended.map { $0.ending == nil ? nil : rest.popFirst() ?? nil }
  }

  private func start(_ jobs: [LeasedJob], _ turn: PoolState.Turn, asked: ContinuousClock.Instant) {
    let started = jobs.map { ($0, JobContext(lease: $0.lease, deadline: asked + settings.leaseDuration, clock: clock)) }
    let wasIdle = state.withLock { state in
      let wasIdle = state.running.isEmpty
      for ended in turn.ended { state.running[ended.lease] = nil }
      for (job, context) in started { state.running[job.lease] = context }
      state.finish(turn)
      state.ringsExhausted = jobs.count < turn.slots ? turn.rings : turn.slots > 0 ? nil : state.ringsExhausted
      return wasIdle
    }
    if !started.isEmpty { wakeHeart(afterRest: wasIdle) }
    for (job, context) in started {
      meters?.leased(job.kind)
      // A task of its own, so that it can be stopped alone; `running` bounds them, and `run` waits for all.
      context.attach(Task { await perform(job, context) })
    }
  }

  /// Nothing was written: what has ended waits for the next turn, unless it can never be written.
  private func recover(_ turn: PoolState.Turn, from error: any Error) async {
    if (error as? DatabaseError)?.isPassing == true || turn.ended.isEmpty {
      logger.error("the store cannot be written; trying again", metadata: ["reason": "\(describe(error))"])
      state.withLock { state in
        state.keep(turn.ended, now: clock.elapsed())
        state.finish(turn)
      }
      await Wakeup.pause(for: .milliseconds(500), on: clock)
      return
    }
    state.withLock { $0.finish(turn) }
    // One of them is refused; the others are not to suffer for it.
    for ended in turn.ended { await writeAlone(ended) }
  }

  private func writeAlone(_ ended: PoolState.Ended) async {
    do {
      let states = try await store.write(ended.durability, company: .beside) { [self] in
        try write([ended], now: observedNow(in: $0), in: $0)
      }
      log(ended, states[0])
      state.withLock { $0.running[ended.lease] = nil }
    } catch let error as DatabaseError where error.isPassing {
      state.withLock { $0.keep([ended], now: clock.elapsed()) }
    } catch {
      logger.error(
        "could not settle; the lease will expire", metadata: metadata(ended.lease, ["reason": "\(describe(error))"]))
      state.withLock { $0.running[ended.lease] = nil }
    }
  }

  private func log(_ ended: PoolState.Ended, _ state: JobState?) {
    switch (ended, state) {
    case (.settled(let ending, let kind, _), let state?):
      meters?.ended(kind, PoolMeters.End(ending.outcome, state))
      logger.info("settled", metadata: metadata(ending.lease, ["kind": "\(kind)", "state": "\(state.rawValue)"]))
    case (.settled(let ending, let kind, _), nil):
      meters?.ended(kind, .leaseLost)
      logger.warning(
        "the lease was lost; the attempt is dropped", metadata: metadata(ending.lease, ["kind": "\(kind)"]))
    case (.unfinished(let lease, let kind), _):
      meters?.ended(kind, .handedBack)
      logger.info("handed back unfinished", metadata: metadata(lease))
    }
  }

  func metadata(_ lease: Lease, _ more: Logger.Metadata = [:]) -> Logger.Metadata {
    more.merging(["job_id": "\(lease.jobID)", "attempt": "\(lease.attempt)"]) { value, _ in value }
  }

  // MARK: Time

  /// The store's clock. Should the wall clock have been set, everything that waits for a span of time is moved along first.
  func observedNow(in transaction: Transaction) throws -> Timestamp {
    let moment = clock.moment()
    guard let ahead = moment.aheadMilliseconds else { return moment.wall }
    let isNew = state.withLock { state in
      guard let known = state.aheadMilliseconds else { return true }
      return abs(ahead - known) > QueueClockTable.toleranceMilliseconds / 2
    }
    guard isNew else { return moment.wall }
    // Remembered only when the store knew it before: what is written here may still be rolled back.
    if try QueueClockTable.isKnown(moment, in: transaction) {
      state.withLock { $0.aheadMilliseconds = ahead }
    } else if let jump = try QueueClockTable.observe(moment, in: transaction) {
      logger.warning("the clock was set; leases and waits are moved along", metadata: ["by": "\(jump)"])
    }
    return moment.wall
  }

  // MARK: Resting

  /// Nothing to lease: waits for the doorbell, the next time at which something falls due, or the poll.
  private func rest() async {
    await buryTheDead()
    let rings = state.withLock { $0.rings }
    do {
      let (outlook, now) = try await store.read { [self] transaction in
        let now = clock.now()
        return (
          try JobTable.outlook(kinds: kinds, queues: settings.queues, now: now, in: transaction), now
        )
      }
      let isNew = state.withLock { state in
        // What rang since is looked at in the next turn anyway.
        defer { if outlook.hasWork { state.ringsExhausted = nil } }
        return state.rings != rings
      }
      guard !isNew else { return }
      if outlook.hasWork, await isTaken() { return }
      let next = outlook.nextChangeAt.map { max(.zero, $0 - now) } ?? settings.pollInterval
      await lanes[0].wait(upTo: outlook.hasWork ? Self.soon : min(next, settings.pollInterval))
    } catch {
      logger.error("could not look for jobs", metadata: ["reason": "\(describe(error))"])
      await lanes[0].wait(upTo: .seconds(1))
    }
  }

  /// Takes a turn for what the outlook promised. False when a limit or a rate forbids all of it.
  private func isTaken() async -> Bool {
    guard let turn = state.withLock({ $0.nextTurn(settings) }) else {
      return true
    }
    let before = state.withLock { $0.running.count }
    await take(turn)
    return state.withLock { $0.running.count > before || $0.rings != turn.rings || !$0.ended.isEmpty }
  }

  /// Stops what runs once the drain's deadline has passed. Returns how long that is to come; nil: it was.
  private func stopRunning(after deadline: ContinuousClock.Instant) -> Duration? {
    let left = deadline - clock.elapsed()
    guard left <= .zero else { return left }
    for context in state.withLock({ Array($0.running.values) }) { context.stop(.drained) }
    return nil
  }

  /// Frees the jobs of workers that have died on this machine, without waiting for their leases to run out; at most once a
  /// second.
  private func buryTheDead() async {
    let now = clock.elapsed()
    let isDue = state.withLock { state in
      guard state.lastBurial.map({ now - $0 >= .seconds(1) }) ?? true else { return false }
      state.lastBurial = now
      return true
    }
    guard isDue else { return }
    do {
      let holders = try await store.read { try JobTable.leaseHolders(in: $0) }
      let dead = holders.filter { ProcessIdentity($0)?.isKnownDead == true }.sorted()
      guard !dead.isEmpty else { return }
      let count = try await store.write { [clock] in
        try JobTable.expireLeases(ofWorkers: dead, now: clock.now(), in: $0)
      }
      logger.warning("a worker died; its jobs run again", metadata: ["jobs": "\(count)"])
    } catch {
      logger.error("could not look after dead workers", metadata: ["reason": "\(describe(error))"])
    }
  }
}

extension DatabaseError {
  /// Whether the same write may succeed a little later.
  var isPassing: Bool {
    switch self {
    case .busy, .diskFull, .connectionLost, .timedOut: true
    default: false
    }
  }
}
