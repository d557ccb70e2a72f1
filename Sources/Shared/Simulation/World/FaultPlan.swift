/// Which faults a world has, how often they strike, and how often they did.
///
/// Each seed has a part of them only, some of these often: what one fault hides, another seed shows (Groce et al., Swarm
/// Testing, ISSTA 2012).
struct FaultPlan {
  private var probabilities: [Fault: Double] = [:]
  private var random: SeededRandom
  private(set) var struck: [Fault: Int] = [:]
  /// From now on nothing goes wrong any more.
  var isOver = false

  /// `share`: how many of the faults a world has, 0 for none.
  init(seed: UInt64, share: Double) {
    random = SeededRandom(seed: seed, stream: "faults")
    guard share > 0 else { return }
    for fault in Fault.allCases where random.chance(share) {
      probabilities[fault] = fault.usualProbability * random.pick([0.3, 1, 1, 3])
    }
  }

  /// Whether this fault is part of this world.
  func has(_ fault: Fault) -> Bool { !isOver && probabilities[fault] != nil }

  /// Whether it strikes now; counted if so.
  mutating func strikes(_ fault: Fault) -> Bool {
    guard !isOver, let probability = probabilities[fault], random.chance(probability) else { return false }
    struck[fault, default: 0] += 1
    return true
  }

  /// Counts a fault that struck for another reason than chance.
  mutating func note(_ fault: Fault) {
    struck[fault, default: 0] += 1
  }
}

extension Fault {
  /// At each occasion of its kind; for what comes of itself, at each hour.
  fileprivate var usualProbability: Double {
    switch self {
    case .deathBeforeWrite, .deathBeforeCommit, .deathAfterCommit: 0.003
    case .deathBeforeRequest, .deathAfterRequest: 0.02
    case .deathAtAnyTime: 0.06
    case .deathOfAll, .reboot: 0.02
    case .suspension: 0.05
    // Of the transactions of jobs.
    case .suspensionAtWork: 0.02
    case .stopAndStart: 0.04
    case .busyStore, .fullDisk: 0.004
    case .missedBell: 0.2
    case .connectionRefused, .requestLost, .answerLost, .lateCommit: 0.06
    case .doubledRequest, .truncatedAnswer, .lyingAnswer: 0.06
    case .status401, .status403, .status429, .status5xxBefore, .status5xxAfter, .status500RolledBack: 0.05
    // Of the leads.
    case .status422, .poisonRow: 0.03
    case .crmDown: 0.03
    case .crmLosesRows: 0.02
    case .metricsMissing, .metricsAbsurd: 0.1
    case .readBackFails: 0.2
    // Of the messages to people.
    case .messageRefused, .messageDoubted: 0.1
    case .clockForward, .clockBack: 0.03
    case .sourceGrows, .sourceShrinks: 0.04
    case .sourceMalformed, .sourceMissing: 0.03
    case .operatorPauses, .operatorCancels, .operatorRetries, .policyChange: 0.05
    }
  }
}
