import Database
import Timekeeping

/// One process of the world: it may die at any moment, be suspended, and lives on the world's time.
///
/// Death: from that moment nothing the process does has any effect. Its transaction is rolled back, every further one and
/// every request fails, and its tasks unwind.
// Unchecked: used on the one thread of `SingleThread` only.
final class SimulatedProcess: @unchecked Sendable {
  /// What a dead process meets everywhere.
  struct Death: Error {}

  let name: String
  private let world: World
  private let sleepers = Sleepers()
  private(set) var isDead = false
  private var suspendedUntil = Duration.zero
  /// In all.
  private var suspendedFor = Duration.zero
  /// The daily limits that it has worked under, and since when, counted without suspensions.
  private var dailyLimits: [(since: Duration, limit: Int)] = []
  /// Everything it does.
  var main: Task<Void, Never>?
  /// Asks it to finish, as SIGTERM does.
  var stop: () -> Void = {}
  /// Who wants to hear of commits.
  private var listeners: [(heard: @Sendable (Set<Notice>) -> Void, listening: WeakListening)] = []

  private struct WeakListening {
    weak var object: Listening?
  }

  init(name: String, world: World) {
    self.name = name
    self.world = world
  }

  // MARK: Its surroundings

  var clock: WallClock {
    let world = world
    return WallClock(
      showing: { world.moment }, elapsed: { world.time.elapsed }, sleep: { [self] in try await sleep($0) })
  }

  var host: StoreHost {
    var host = StoreHost()
    host.isThreaded = false
    host.connections = world.connections
    host.bell = SimulatedBell(world: world, process: self)
    host.probe = StoreProbe(
      arrive: { [self] _ in
        try await pass()
        if world.faults.strikes(.busyStore) { throw DatabaseError.busy("store", waited: .seconds(10)) }
      },
      reach: { [self] moment, site in try reach(moment, site) })
    return host
  }

  private func reach(_ moment: StoreProbe.Moment, _ site: CallSite) throws {
    guard !isDead else { throw Death() }
    switch moment {
    case .begun:
      if world.faults.strikes(.deathBeforeWrite) { try die("before \(site)") }
      if world.faults.strikes(.fullDisk) { throw DatabaseError.diskFull("store") }
    case .written:
      if world.faults.strikes(.deathBeforeCommit) { try die("within \(site)") }
    case .committed:
      world.noteCommit(by: self, site)
      if world.faults.strikes(.deathAfterCommit) { try die("after \(site)") }
      // About as long as a lease, so that it wakes while somebody else has its job.
      if "\(site)".hasPrefix("Replenishment/"), world.faults.strikes(.suspensionAtWork) {
        suspend(for: world.random.span(.seconds(200), .seconds(400)))
      }
    }
  }

  // MARK: Time

  /// Every effect on the world passes here first: the dead do not, and the suspended wait.
  func pass() async throws {
    guard !isDead else { throw Death() }
    if world.random.chance(0.2) { await SingleThread.yield() }
    try await awaken()
  }

  /// Lets time pass. The dead wait for nothing.
  func sleep(_ span: Duration) async throws {
    guard !isDead else {
      await SingleThread.yield()
      return try Task.checkCancellation()
    }
    try await world.time.sleep(for: span, among: sleepers)
    if !isDead { try await awaken() }
  }

  private func awaken() async throws {
    while !isDead, suspendedUntil > world.time.now {
      // A suspended process does not even notice that it is cancelled.
      // In small pieces, since it may be woken before.
      try await world.time.sleep(for: min(suspendedUntil - world.time.now, .seconds(60)), among: sleepers)
    }
    if isDead { throw Death() }
  }

  func suspend(for span: Duration) {
    world.trace.note("\(name) is suspended for \(span.components.seconds) s")
    suspendedUntil = world.time.now + span
    suspendedFor += span
  }

  // MARK: Its policy

  /// What began under an earlier policy may go on under it for so long: an attempt to upload.
  static let policyLag = Duration.seconds(1800)

  /// The highest daily limit that anything it does now may go by.
  var dailyLimit: Int {
    let newest = dailyLimits.last?.limit ?? 0
    let begun = world.time.now - suspendedFor - Self.policyLag
    // Each holds until the next began.
    return zip(dailyLimits, dailyLimits.dropFirst()).reduce(newest) { $1.1.since > begun ? max($0, $1.0.limit) : $0 }
  }

  /// Something begins under this limit.
  func learnDailyLimit(_ limit: Int) {
    if limit != dailyLimits.last?.limit { dailyLimits.append((world.time.now - suspendedFor, limit)) }
  }

  // MARK: The end

  /// Throws, so that whatever was about to happen does not.
  func die(_ place: String) throws {
    kill(place)
    throw Death()
  }

  func kill(_ place: String) {
    guard !isDead else { return }
    world.trace.note("\(name) dies \(place)")
    isDead = true
    listeners = []
    main?.cancel()
    sleepers.wakeForGood()
  }

  /// Lets go of what it ran.
  func leave() {
    stop = {}
    main = nil
    listeners = []
  }

  // MARK: The doorbell

  func add(_ heard: @escaping @Sendable (Set<Notice>) -> Void, _ listening: Listening) {
    listeners.append((heard, WeakListening(object: listening)))
  }

  func hear(_ notices: Set<Notice>) {
    listeners.removeAll { $0.listening.object == nil }
    for listener in listeners { listener.heard(notices) }
  }
}

/// Rings in every process of the world at once, unless it is missed.
private struct SimulatedBell: Bell {
  let world: World
  let process: SimulatedProcess

  func ring(_ notices: Set<Notice>) {
    if !notices.isEmpty { world.ring(notices) }
  }

  func listen(_ heard: @escaping @Sendable (Set<Notice>) -> Void) -> Listening {
    let listening = Listening()
    process.add(heard, listening)
    return listening
  }
}
