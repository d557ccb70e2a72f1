import Database
import Logging
import Synchronization
import Timekeeping

/// Running handlers, and keeping their leases.
extension WorkerPool {
  func perform(_ job: LeasedJob, _ context: JobContext) async {
    guard let handler = handlers[job.kind] else { preconditionFailure("leased a kind without a handler") }
    let timer = handler.timeout.map { limit in
      Task { [clock] in
        await Wakeup(clock: clock).wait(upTo: limit)
        if !Task.isCancelled { context.stop(.timedOut) }
      }
    }
    let ended = await measured(job.kind) { await attempt(job, context, handler) }
    timer?.cancel()
    let isTurnDue = state.withLock { state in
      if let ended { state.ended.append(ended) } else { state.running[job.lease] = nil }
      return ended == nil || state.isTurnDue(settings)
    }
    if isTurnDue { ring() }
  }

  private func measured<Value>(_ kind: String, _ body: () async -> Value) async -> Value {
    guard let meters else { return await body() }
    let start = clock.elapsed()
    meters.began(kind)
    let value = await body()
    meters.finished(kind, after: clock.elapsed() - start)
    return value
  }

  /// How the attempt ended; nil when that is written already, or not ours to write.
  private func attempt(_ job: LeasedJob, _ context: JobContext, _ handler: JobHandler) async -> PoolState.Ended? {
    do {
      let settlement = try await handler.run(job, context)
      guard let effects = settlement.effects else {
        return ended(job, settlement.outcome, settlement.durability)
      }
      return try await settle(job, context, settlement, effects)
    } catch {
      return unhappyEnd(of: job, context, error, handler)
    }
  }

  private func unhappyEnd(
    of job: LeasedJob, _ context: JobContext, _ error: any Error, _ handler: JobHandler
  ) -> PoolState.Ended? {
    let reason: String
    switch context.stopped {
    case .drained, .cancelRequested: return .unfinished(job.lease, kind: job.kind)
    case .leaseLost:
      meters?.ended(job.kind, .leaseLost)
      logger.warning(
        "the lease was lost; the attempt is dropped", metadata: metadata(job.lease, ["kind": "\(job.kind)"]))
      return nil
    case .timedOut: reason = "it ran longer than \(handler.timeout?.inWords ?? "allowed")"
    // `leaseLost` too: whether it is lost is decided by the settle, which is refused then.
    case nil: reason = describe(error)
    }
    logger.warning(
      "the attempt failed", metadata: metadata(job.lease, ["kind": "\(job.kind)", "reason": "\(reason)"]))
    return ended(job, .retry(after: .zero, because: reason))
  }

  private func ended(
    _ job: LeasedJob, _ outcome: Outcome, _ durability: Durability = .process
  ) -> PoolState.Ended {
    .settled(JobTable.Ending(job.lease, outcome, backoff: backoff(after: job, outcome)), kind: job.kind, durability)
  }

  private func backoff(after job: LeasedJob, _ outcome: Outcome) -> Duration {
    switch outcome {
    case .succeeded, .snooze, .discard: return .zero
    case .retry, .holdOff:
      var generator = randomness()
      return settings.backoff.wait(afterFailures: job.failures + 1, using: &generator)
    }
  }

  /// Settles in a transaction of the job's own, together with what the handler writes in it.
  private func settle(
    _ job: LeasedJob, _ context: JobContext, _ settlement: Settlement,
    _ effects: @escaping @Sendable (Transaction) throws -> Void
  ) async throws -> PoolState.Ended? {
    let backoff = backoff(after: job, settlement.outcome)
    while true {
      do {
        // `Store.write` does not look at cancellation: a settle is never cut off.
        let state = try await store.write(settlement.durability) { [self] transaction in
          let now = try observedNow(in: transaction)
          try JobTable.requireLease(job.lease, in: transaction)
          try effects(transaction)
          return try JobTable.settle(job.lease, settlement.outcome, backoff: backoff, now: now, in: transaction)
        }
        meters?.ended(job.kind, PoolMeters.End(settlement.outcome, state))
        logger.info(
          "settled", metadata: metadata(job.lease, ["kind": "\(job.kind)", "state": "\(state.rawValue)"]))
        return nil
      } catch let error as DatabaseError where error.isPassing {
        // The work is done; only its result cannot be written yet.
        logger.warning("could not settle yet", metadata: metadata(job.lease, ["reason": "\(describe(error))"]))
        try context.requireTime(.seconds(1))
        await Wakeup.pause(for: .milliseconds(500), on: clock)
      }
    }
  }

  // MARK: Heartbeat

  func keepLeases() async {
    while !state.withLock({ $0.isOver }) {
      let isIdle = state.withLock { $0.running.isEmpty }
      await heartBell.wait(upTo: isIdle ? settings.heartbeat : keepingInterval)
      if state.withLock({ $0.isOver }) { return }
      await beat()
    }
  }

  /// How often leases are extended.
  private var keepingInterval: Duration { min(settings.heartbeat, settings.leaseDuration / 4) }

  /// The first job after a rest may not wait for the heartbeat of a rest.
  func wakeHeart(afterRest wasIdle: Bool) {
    if wasIdle, settings.heartbeat > keepingInterval { heartBell.ring() }
  }

  private func beat() async {
    let running = state.withLock { $0.running }
    let asked = clock.elapsed()
    let leases = Array(running.keys)
    do {
      let (lost, cancelling) = try await store.write(company: .beside) { [self] transaction in
        let now = try observedNow(in: transaction)
        try WorkerTable.beat(worker.id, now: now, in: transaction)
        return try JobTable.extend(leases, until: now + settings.leaseDuration, in: transaction)
      }
      for (lease, context) in running where !lost.contains(lease) {
        context.extend(to: asked + settings.leaseDuration)
      }
      for lease in lost { running[lease]?.expire() }
      for lease in cancelling { running[lease]?.stop(.cancelRequested) }
    } catch {
      logger.error("heartbeat failed", metadata: ["worker": "\(worker.id)", "reason": "\(describe(error))"])
    }
  }
}

extension Duration {
  /// For people, such as `1.5 s`.
  fileprivate var inWords: String {
    if self < .seconds(1) { return "\(milliseconds) ms" }
    let tenths = (inSeconds * 10).rounded() / 10
    return tenths == tenths.rounded() ? "\(Int(tenths)) s" : "\(tenths) s"
  }
}
