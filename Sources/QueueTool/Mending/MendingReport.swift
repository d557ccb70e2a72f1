import JobQueue

/// What became of all the jobs that a filter chose.
struct MendingReport: Sendable {
  /// Refused jobs that are kept; more are only counted.
  private static let keptMax = 1000

  private(set) var changed = 0
  private(set) var askedToStop = 0
  private(set) var heldBack = 0
  private(set) var refused = 0
  private(set) var refusals: [(id: Int64, refusal: ManualRefusal)] = []
  /// Upload jobs among the changed ones whose batch is open.
  private(set) var openBatches = 0

  mutating func add(_ jobs: [JobMending.Changed]) {
    for job in jobs {
      switch job.result.outcome {
      case .cancelled: changed += 1
      case .askedToStop: (changed, askedToStop) = (changed + 1, askedToStop + 1)
      case .revived(let isHeld): (changed, heldBack) = (changed + 1, heldBack + (isHeld ? 1 : 0))
      case .refused(let refusal):
        refused += 1
        if refusals.count < Self.keptMax { refusals.append((job.result.id, refusal)) }
      }
      if job.note != nil { openBatches += 1 }
    }
  }

  func lines(_ verb: ManualVerb, namedMax: Int) -> [String] {
    var lines = ["\(JobMending.jobs(changed - askedToStop)) \(verb.past)."]
    if askedToStop > 0 {
      lines.append(
        "\(JobMending.jobs(askedToStop)) running: asked to stop. Each ends when its handler looks, "
          + "unless it succeeds first."
      )
    }
    if heldBack > 0 {
      lines.append("\(JobMending.jobs(heldBack)) held back until others of their concurrency key end.")
    }
    if openBatches > 0 {
      lines.append(
        verb == .cancel
          ? "\(openBatches) of them sent leads. None is lost: with the next cycle unsent leads go back to the catalog, "
            + "and those that may be in the CRM are looked for there first."
          : "\(openBatches) of them send leads; those that may be in the CRM are looked for there first.")
    }
    if refused > 0 {
      lines.append("\(JobMending.jobs(refused)) not \(verb.past):")
      lines += refusals.prefix(namedMax).map { "  job \($0.id): \($0.refusal.sentence($0.id, verb))" }
      if refused > namedMax { lines.append("  and \(refused - namedMax) more") }
    }
    return lines
  }

  func document(_ verb: ManualVerb) -> JSONText {
    .object([
      ("changed", .int(changed)), ("asked_to_stop", .int(askedToStop)), ("held_back", .int(heldBack)),
      ("refused", .int(refused)),
      (
        "refusals",
        .list(
          refusals.map {
            .object([("id", .integer($0.id)), ("reason", .text($0.refusal.sentence($0.id, verb)))])
          })
      ),
    ])
  }
}
