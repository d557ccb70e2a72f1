import JobQueue
import Operations
import Timekeeping

/// A rule in a person's words.
struct WaitSentence: Sendable, Equatable {
  /// The stable name of the rule in JSON.
  var rule: String
  var text: String
  /// What a person can do; nil: nothing needs to be done.
  var remedy: String?
  var colour: StandardStream.Colour?
}

extension JobWaitReason {
  /// `job`: the one it is about.
  func sentence(of job: JobRecord, now: Timestamp, _ time: ShownTime) -> WaitSentence {
    switch self {
    case .finished(let how, let at): finished(job, how, at, time)
    case .running(let running): self.running(running, of: job, now: now, time)
    case .waiting(let until, let cause): waiting(until, cause, of: job, now: now, time)
    case .queuePaused(let pause), .kindPaused(let pause): paused(pause, time)
    case .unserved(let unserved): self.unserved(unserved, of: job)
    case .queueFull(let limit, let running):
      WaitSentence(
        rule: "queue_full",
        text:
          "The queue \(job.queue) may run \(limit == 1 ? "1 job" : "\(limit) jobs") at once, and that is used up by "
          + "\(Self.named(running, atMost: limit)).",
        remedy: "Wait for one of them to end; `lead-queue workers` shows who runs them.")
    case .keyFull(let key, let limit, let holders):
      WaitSentence(
        rule: "key_full",
        text: "Its concurrency key \(key) lets in "
          + (limit.map { $0 == 1 ? "1 job" : "\($0) jobs" } ?? "only some jobs") + " at a time: "
          + (holders.isEmpty
            ? "the next one is let in when leasing looks." : "\(Self.named(holders, atMost: limit)) go first."),
        remedy: holders.isEmpty ? nil : "Wait for them to end, or look why they do not: lead-queue why \(holders[0])")
    case .destinationHeld(let destination, let until):
      WaitSentence(
        rule: "destination_held",
        text: "\(destination) asked to be left alone until \(time.table(until)) (in \(ShownTime.span(until - now))).",
        remedy: "Nothing; the queue goes on by itself then.")
    case .startsUsedUp(let perMinute, let until):
      WaitSentence(
        rule: "starts_used_up",
        text: "The queue \(job.queue) may start \(perMinute) jobs a minute, and that is used up: the next starts at "
          + "\(time.short(until)).", remedy: "Nothing; the queue goes on by itself then.")
    case .behind(let count, let isAtLeast):
      WaitSentence(
        rule: "behind",
        text:
          "\(isAtLeast ? "At least \(count) jobs" : count == 1 ? "1 job" : "\(count) jobs") of the queue \(job.queue) "
          + "\(count == 1 ? "comes" : "come") first, by priority and age.",
        remedy: "Wait, or start more workers.")
    case .free:
      WaitSentence(rule: "free", text: "Nothing holds it back: it may start at any moment.", colour: .green)
    }
  }

  private func finished(
    _ job: JobRecord, _ how: JobTransition?, _ at: Timestamp?, _ time: ShownTime
  ) -> WaitSentence {
    let moment = at.map { " at \(time.table($0))" } ?? ""
    let cause = job.reason.map { ": \($0)" } ?? "."
    switch job.state {
    case .succeeded:
      return WaitSentence(
        rule: "finished", text: "It succeeded\(moment), in attempt \(job.attempt).", colour: job.state.colour)
    case .dead:
      let end =
        how == .discarded
        ? "Its handler gave it up\(moment)" : "It died\(moment) after \(job.failures) of \(job.maxFailures) failures"
      return WaitSentence(
        rule: "finished", text: end + cause,
        remedy: "Once the cause is mended: lead-queue retry \(job.id) --reason TEXT", colour: job.state.colour)
    default:
      return WaitSentence(
        rule: "finished", text: "It was cancelled\(moment)\(cause)",
        remedy: "If it should run after all: lead-queue retry \(job.id) --reason TEXT", colour: job.state.colour)
    }
  }

  private func running(
    _ running: Running, of job: JobRecord, now: Timestamp, _ time: ShownTime
  ) -> WaitSentence {
    var text = "It runs: attempt \(job.attempt)"
    if let worker = running.workerID { text += " on worker \(worker.prefix(8))" }
    if let since = running.since { text += " since \(time.table(since)) (\(ShownTime.span(now - since)))" }
    let isExpired = running.leaseExpiresAt <= now
    text +=
      isExpired
      ? "; its lease ended at \(time.short(running.leaseExpiresAt))."
      : "; its lease lasts until \(time.short(running.leaseExpiresAt))."
    if running.isWorkerAlive == false { text += " The worker shows no sign of life." }
    if let asked = running.cancelRequestedAt {
      text += " It was asked to stop at \(time.short(asked))" + (job.reason.map { ": \($0)" } ?? ".")
    }
    let isLost = isExpired || running.isWorkerAlive == false
    let end = running.cancelRequestedAt == nil ? "takes it over, with one failure counted" : "ends it as cancelled"
    return WaitSentence(
      rule: "running", text: text,
      remedy: isLost ? "Nothing; when the lease has ended, the next worker that looks \(end)." : nil,
      colour: isLost ? .red : .yellow)
  }

  private func waiting(
    _ until: Timestamp, _ cause: WaitCause, of job: JobRecord, now: Timestamp, _ time: ShownTime
  ) -> WaitSentence {
    let moment = "\(time.table(until)) (in \(ShownTime.span(until - now)))"
    switch cause {
    case .planned:
      return WaitSentence(rule: "waiting", text: "It was enqueued for \(moment).")
    case .failed(let failures, let max, let reason):
      return WaitSentence(
        rule: "waiting",
        text: "It failed \(failures) of \(max) times and runs again at \(moment)" + (reason.map { ": \($0)" } ?? "."),
        remedy:
          "Mend the cause; \(max - failures) more \(max - failures == 1 ? "failure" : "failures") and it is dead.",
        colour: .yellow)
    case .snoozed(let reason):
      return WaitSentence(
        rule: "waiting", text: "It comes back at \(moment)" + (reason.map { ": \($0)" } ?? "."))
    }
  }

  private func paused(_ pause: Pause, _ time: ShownTime) -> WaitSentence {
    WaitSentence(
      rule: "\(pause.scope.rawValue)_paused",
      text: "The \(pause.scope.rawValue) \(pause.name) is paused since \(time.table(pause.pausedAt)) by "
        + "\(pause.pausedBy): \(pause.reason)",
      remedy: "lead-queue resume --\(pause.scope.rawValue) \(pause.name) --reason TEXT", colour: .yellow)
  }

  private func unserved(_ unserved: Unserved, of job: JobRecord) -> WaitSentence {
    let (text, remedy) =
      switch unserved {
      case .noWorker: ("No worker is alive.", "Start lead-worker.")
      case .kind:
        (
          "No live worker has a handler for the kind \(job.kind).",
          "Start a lead-worker of a version that has one; `lead-queue workers` shows what they serve."
        )
      case .queue:
        (
          "No live worker with a handler for it serves the queue \(job.queue).",
          "Start lead-worker --queues \(job.queue)."
        )
      case .payloadVersion(let version):
        (
          "No live worker understands version \(version) of the payload of kind \(job.kind).",
          "Start a lead-worker as new as the program that enqueued it."
        )
      }
    return WaitSentence(rule: "unserved", text: text, remedy: remedy, colour: .red)
  }

  private static func named(_ ids: [Int64], atMost limit: Int?) -> String {
    let shown = ids.prefix(5).map(String.init)
    let rest = max(ids.count, limit ?? 0) - shown.count
    return (ids.count == 1 ? "job " : "jobs ") + shown.joined(separator: ", ") + (rest > 0 ? " and \(rest) more" : "")
  }
}
