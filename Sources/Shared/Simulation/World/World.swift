import Database
import Foundation
import JobQueue
import Leads
import Logging
import Replenishment
import Timekeeping

/// One company with its CRM, its sources, its processes and its people, over a few days; everything follows from the seed.
// Unchecked: used on the one thread of `SingleThread` only.
final class World: @unchecked Sendable {
  let seed: UInt64
  var scenario: Scenario
  /// The policy before it was last changed: what was begun under it may end under it.
  var previousPolicy: Policy
  let calendar: BusinessCalendar
  let store: StoreAddress
  let connections = SharedConnections()
  let time = SimulatedTime()
  let trace: Trace
  let crm: SimulatedCRM
  let shelf: SourceShelf
  var random: SeededRandom
  var faults: FaultPlan
  private(set) var violation: Violation?
  /// Markers of all rows that were ever created by us.
  private(set) var everCreated: Set<String> = []
  private(set) var cycleBegan = Duration.zero

  // The one machine's clock.
  private var wallShift = Duration.zero
  /// When the clock was last set forward.
  private(set) var lastLeap: Duration?
  private(set) var bootNumber = 0
  private var bootedAt = Duration.zero

  private var processes: [SimulatedProcess] = []
  private var processCount = 0
  private(set) var commits = 0
  /// Looks at what was just committed.
  var onCommit: () throws -> Void = {}
  private var isClosing = false

  // Set once, right after the world: they look at it.
  private(set) lazy var limits = LimitCheck(world: self)
  private(set) lazy var stocks = StockCheck(world: self)
  private(set) lazy var post = PostOffice(world: self)
  private lazy var once = OnceCheck(world: self)

  /// `share` of the faults; 0: none. Its files are made in the working directory, so that their names are always the same.
  init(
    seed: UInt64, faultShare share: Double, store: StoreAddress, isWatched: Bool, show: @escaping (String) -> Void
  ) throws {
    self.seed = seed
    scenario = Scenario(seed: seed)
    previousPolicy = scenario.policy
    guard let calendar = BusinessCalendar(zone: scenario.zone) else {
      throw Violation("the world exists", "this machine does not know the zone \(scenario.zone)")
    }
    self.calendar = calendar
    self.store = store
    if case .file(let path) = store { try BlankStore.put(at: path) }
    trace = Trace(time: time, isWatched: isWatched, show: show)
    random = SeededRandom(seed: seed, stream: "world")
    let faults = FaultPlan(seed: seed, share: share)
    self.faults = faults
    crm = SimulatedCRM(seed: seed)
    let natureOf = Self.natureOf(faults)
    shelf = try SourceShelf(seed: seed, counts: scenario.leadsPerSource, natureOf: natureOf)
    for _ in 0..<scenario.stockAtStart { crm.add(shelf.anybody()) }
    for number in 0..<scenario.stockAtStart { crm.add(Person(number: 100_000 + number, nature: .fine)) }
    crm.onCreation = { [unowned self] row in
      if let marker = row.marker { everCreated.insert(marker) }
      once.noteCreation(row)
      limits.noteCreation(row)
    }
  }

  static func natureOf(_ faults: FaultPlan) -> (inout SeededRandom) -> Person.Nature {
    { random in
      if faults.has(.poisonRow), random.chance(0.03) { return .poison }
      if faults.has(.status422), random.chance(0.03) { return .invalid }
      return .fine
    }
  }

  /// The first broken promise is kept, and ends the world.
  func fail(_ promise: String, _ finding: String) {
    guard violation == nil else { return }
    violation = Violation(promise, finding)
    trace.note("BROKEN: \(promise): \(finding)")
  }

  // MARK: Time

  var moment: Moment {
    Moment(
      wall: scenario.start + time.now + wallShift, bootID: "boot-\(bootNumber)", sinceBoot: time.now - bootedAt)
  }

  func setClock(by shift: Duration) {
    trace.note("the clock is set by \(shift.components.seconds) s")
    wallShift += shift
    if shift > .zero { lastLeap = time.now }
  }

  // MARK: Processes

  /// Starts a process that is started again whenever it ends, until the world closes.
  func employ(_ role: Staff.Role) {
    guard !isClosing else { return }
    processCount += 1
    let process = SimulatedProcess(name: "\(role.rawValue)-\(processCount)", world: self)
    processes.append(process)
    trace.note("\(process.name) starts")
    process.main = Task { [self] in
      await Staff(world: self, process: process).run(role)
      process.leave()
      processes.removeAll { $0 === process }
      guard !isClosing else { return }
      time.after(faults.isOver ? .seconds(2) : random.span(.seconds(1), .seconds(1200))) { [self] in employ(role) }
    }
  }

  var living: [SimulatedProcess] { processes.filter { !$0.isDead } }

  func reboot() {
    trace.note("the machine reboots")
    killAll("by a reboot")
    bootNumber += 1
    bootedAt = time.now
    limits.voidCooldown()
  }

  /// Nobody has the file open any more: it is opened anew by whoever starts next.
  func killAll(_ place: String) {
    for process in living { process.kill(place) }
    connections.forget()
  }

  /// Everybody finishes and does not come back.
  func close() {
    isClosing = true
    for process in living { process.stop() }
  }

  /// Lets go of everything that holds the world in memory.
  func dissolve() {
    time.clear()
    crm.onCreation = { _ in }
    onCommit = {}
    for process in processes { process.leave() }
    processes = []
    connections.forget()
  }

  var isEmpty: Bool { processes.isEmpty }

  /// A process for somebody at a terminal.
  func visitor() -> SimulatedProcess {
    processCount += 1
    return SimulatedProcess(name: "person-\(processCount)", world: self)
  }

  // MARK: Commits

  func noteCommit(by process: SimulatedProcess, _ site: CallSite) {
    commits += 1
    trace.note("\(process.name): \(site)")
    if "\(site)".hasSuffix(".begin()") { cycleBegan = time.now }
    do {
      try onCommit()
    } catch {
      fail("the world can be looked at", "\(error)")
    }
  }

  func ring(_ notices: Set<Notice>) {
    for process in living where !faults.strikes(.missedBell) { process.hear(notices) }
  }
}
