import Database

/// What a pool knows of itself: who runs, who has ended, whether there may be more.
struct PoolState {
  /// An attempt that has ended and is to be written.
  enum Ended: Sendable {
    case settled(JobTable.Ending, kind: String, Durability)
    case unfinished(Lease, kind: String)

    var lease: Lease {
      switch self {
      case .settled(let ending, _, _): ending.lease
      case .unfinished(let lease, _): lease
      }
    }

    /// Nil: it is handed back.
    var ending: JobTable.Ending? {
      if case .settled(let ending, _, _) = self { ending } else { nil }
    }

    var durability: Durability {
      switch self {
      case .settled(_, _, let durability): durability
      case .unfinished: .process
      }
    }
  }

  /// Whether a pool that found nothing last time looks, without writing, before it leases again. Of many idle workers that a ring
  /// wakes, few find something, and a file has one writer at a time. On a server a leasing transaction that finds nothing
  /// writes nothing either, and looking first would double the way to the start of a job.
  let looksFirst: Bool
  /// Each holds a slot and is kept alive until it is written that it ended.
  var running: [Lease: JobContext] = [:]
  /// In `running` too.
  var ended: [Ended] = []
  /// The lanes that wait for a ring, the first of them below.
  var idleLanes: [Int] = []
  /// Turns that are being written.
  var turns = 0
  /// Slots that they may fill.
  var promised = 0
  /// How often the doorbell rang.
  var rings = 0
  /// The rings after which leasing last found less than it asked for: nothing is left but what rang since.
  var ringsExhausted: Int?
  /// Set by a drain.
  var drainDeadline: ContinuousClock.Instant?
  var isOver = false
  /// Nil: never.
  var lastBurial: ContinuousClock.Instant?
  /// How far the wall clock was ahead of the time since boot when the store was last told.
  var aheadMilliseconds: Int64?

  /// What one transaction does: writes these ends, leases so many.
  struct Turn {
    var ended: [Ended]
    var slots: Int
    var rings: Int

    /// That of the most demanding.
    var durability: Durability { ended.lazy.map(\.durability).max() ?? .process }
  }

  /// What a lane does now.
  enum Step {
    case take(Turn)
    /// Looks for work, and waits for it.
    case rest
    /// Waits for a ring; the first lane is to be rung when something is left to it.
    case wait(isFirstNeeded: Bool)
    /// Waits for what runs, until then.
    case drain(ContinuousClock.Instant)
    case end
  }

  /// Decides it, and counts the lane as idle until then: what rings after this finds it.
  mutating func nextStep(of lane: Int, _ settings: WorkerPool.Settings) -> Step {
    idleLanes.removeAll { $0 == lane }
    if drainDeadline != nil && running.isEmpty && promised == 0 { return .end }
    if let turn = nextTurn(settings) { return .take(turn) }
    // The first lane is the last to be chosen.
    if lane == 0 { idleLanes.insert(lane, at: 0) } else { idleLanes.append(lane) }
    if let drainDeadline { return .drain(drainDeadline) }
    let hasRoom = turns == 0 && running.count < settings.concurrency
    return lane == 0 && hasRoom ? .rest : .wait(isFirstNeeded: lane != 0 && hasRoom)
  }

  /// Whether a job that ends makes a turn possible: none is under way, or there are enough for one of its own.
  func isTurnDue(_ settings: WorkerPool.Settings) -> Bool { turns == 0 || ended.count >= settings.settleBatch }

  /// Takes what has ended, and counts the slots that are free once it is written. Nil when there is nothing to do now, or
  /// when it is better to look first whether there is.
  mutating func nextTurn(_ settings: WorkerPool.Settings) -> Turn? {
    let settling = min(ended.count, settings.settleBatch)
    let mayLease = drainDeadline == nil && ringsExhausted != rings
    let free = settings.concurrency - running.count - promised + settling
    let slots = mayLease ? max(0, min(settings.leaseBatch, free)) : 0
    // While one is written, small ones gather.
    guard turns == 0 || settling == settings.settleBatch || slots == settings.leaseBatch else { return nil }
    guard settling > 0 || (slots > 0 && (ringsExhausted == nil || !looksFirst)) else { return nil }
    let turn = Turn(ended: Array(ended.prefix(settling)), slots: slots, rings: rings)
    ended.removeFirst(settling)
    turns += 1
    promised += slots
    return turn
  }

  /// How long after its deadline a drain still waits for a store that cannot be written.
  private static let patience = Duration.seconds(10)

  /// These ends could not be written now and wait for another turn; those whose lease has run out are dropped, and all of them
  /// long after the end of a drain: their leases expire.
  mutating func keep(_ ends: [Ended], now: ContinuousClock.Instant) {
    let isTooLate = drainDeadline.map { now - $0 > Self.patience } ?? false
    for end in ends {
      if !isTooLate, running[end.lease]?.isHeld == true {
        ended.append(end)
      } else {
        running[end.lease] = nil
      }
    }
  }

  /// The turn was written, or failed.
  mutating func finish(_ turn: Turn) {
    turns -= 1
    promised -= turn.slots
  }
}
