import JobQueue
import Operations
import Timekeeping

extension JobStanding {
  func tree(now: Timestamp, _ time: ShownTime) -> Tree {
    let sentences = reasons.map { $0.sentence(of: job, now: now, time) }
    let why = sentences.enumerated().map { index, sentence in
      Tree(
        (sentences.count > 1 ? "\(index + 1). " : "") + sentence.text, sentence.colour,
        sentence.remedy.map { [Tree($0)] } ?? [])
    }
    var children = [Tree(heading, nil, why), Tree(facts(time))]
    if let lastError, let reason = lastError.reason, !sentences.contains(where: { $0.text.contains(reason) }) {
      children.append(Tree("last error, attempt \(lastError.attempt), \(time.table(lastError.at)): \(reason)", .red))
    }
    children.append(Tree(eventsHeading, nil, shownEvents.map { Tree($0.line(time), $0.transition.colour) }))
    return Tree("job \(job.id) · \(job.kind) · \(job.state.rawValue)", job.state.colour, children)
  }

  func document(now: Timestamp, _ time: ShownTime) -> JSONText {
    .object([
      ("job", job.document(time)),
      (
        "reasons",
        .list(
          reasons.map { reason in
            let sentence = reason.sentence(of: job, now: now, time)
            return .object(
              [("rule", .text(sentence.rule)), ("text", .text(sentence.text)), ("remedy", .optional(sentence.remedy))]
                + reason.facts(time))
          })
      ), ("last_error", lastError.map { $0.standingDocument(time) } ?? .null),
      ("events", .list(events.map { $0.standingDocument(time) })),
    ])
  }

  /// More are in `inspect` and in JSON.
  private static let eventsMax = 20

  private var shownEvents: [JobEvent] { Array(events.suffix(Self.eventsMax)) }

  private var eventsHeading: String {
    events.count <= Self.eventsMax
      ? "events" : "the last \(Self.eventsMax) of \(events.count) events; all: lead-queue inspect --job \(job.id)"
  }

  private var heading: String {
    switch job.state {
    case .waiting, .available: reasons == [.free] ? "may start" : "why it does not run"
    case .leased: "running"
    case .succeeded, .dead, .cancelled: "finished"
    }
  }

  private func facts(_ time: ShownTime) -> String {
    var facts = ["queue \(job.queue)", "enqueued \(time.table(job.createdAt))", "attempt \(job.attempt)"]
    facts.append("\(job.failures) of \(job.maxFailures) failures")
    if job.priority != 0 { facts.append("priority \(job.priority)") }
    if let key = job.uniqueKey { facts.append("unique key \(key)") }
    if let key = job.concurrencyKey { facts.append("concurrency key \(key)") }
    return facts.joined(separator: " · ")
  }
}

extension JobRecord {
  fileprivate func document(_ time: ShownTime) -> JSONText {
    .object([
      ("id", .integer(id)), ("kind", .text(kind)), ("queue", .text(queue)), ("state", .text(state.rawValue)),
      ("priority", .int(priority)), ("attempt", .int(attempt)), ("failures", .int(failures)),
      ("max_failures", .int(maxFailures)), ("run_at", time.json(runAt)), ("created_at", time.json(createdAt)),
      ("settled_at", time.json(settledAt)), ("unique_key", .optional(uniqueKey)),
      ("concurrency_key", .optional(concurrencyKey)), ("is_held", .boolean(isHeld)),
      ("payload_version", .int(payloadVersion)), ("worker", .optional(workerID)),
      ("lease_expires_at", time.json(leaseExpiresAt)), ("cancel_requested_at", time.json(cancelRequestedAt)),
      ("reason", .optional(reason)), ("result", .optional(result)),
    ])
  }
}

extension JobEvent {
  fileprivate func line(_ time: ShownTime) -> String {
    let word = transition.rawValue.replacing("_", with: " ")
    let worker = transition == .leased ? workerID.map { " by worker \($0.prefix(8))" } ?? "" : ""
    let number = attempt > 0 ? ", attempt \(attempt)" : ""
    return "\(time.table(at)) \(word)\(worker)\(number)" + (reason.map { ": \($0)" } ?? "")
  }

  fileprivate func standingDocument(_ time: ShownTime) -> JSONText {
    .object([
      ("at", time.json(at)), ("transition", .text(transition.rawValue)), ("attempt", .int(attempt)),
      ("worker", .optional(workerID)), ("reason", .optional(reason)),
    ])
  }
}

extension JobWaitReason {
  /// The values of a rule, for programs.
  fileprivate func facts(_ time: ShownTime) -> [(name: String, value: JSONText)] {
    func list(_ ids: [Int64]) -> JSONText { .list(ids.map { .integer($0) }) }
    return switch self {
    case .finished(let how, let at): [("how", .optional(how?.rawValue)), ("at", time.json(at))]
    case .running(let running):
      [
        ("worker", .optional(running.workerID)), ("since", time.json(running.since)),
        ("lease_expires_at", time.json(running.leaseExpiresAt)),
        ("cancel_requested_at", time.json(running.cancelRequestedAt)),
        ("is_worker_alive", running.isWorkerAlive.map { .boolean($0) } ?? .null),
      ]
    case .waiting(let until, _): [("until", time.json(until))]
    case .queuePaused(let pause), .kindPaused(let pause):
      [("paused_at", time.json(pause.pausedAt)), ("paused_by", .text(pause.pausedBy)), ("why", .text(pause.reason))]
    case .unserved(let unserved): [("missing", .text(unserved.name))]
    case .queueFull(let limit, let running): [("limit", .int(limit)), ("running", list(running))]
    case .keyFull(let key, let limit, let holders):
      [("key", .text(key)), ("limit", .optional(limit)), ("holders", list(holders))]
    case .destinationHeld(let destination, let until):
      [("destination", .text(destination)), ("until", time.json(until))]
    case .startsUsedUp(let perMinute, let until): [("per_minute", .int(perMinute)), ("until", time.json(until))]
    case .behind(let count, let isAtLeast): [("count", .int(count)), ("is_at_least", .boolean(isAtLeast))]
    case .free: []
    }
  }
}

extension JobWaitReason.Unserved {
  fileprivate var name: String {
    switch self {
    case .noWorker: "worker"
    case .kind: "kind"
    case .queue: "queue"
    case .payloadVersion: "payload_version"
    }
  }
}
