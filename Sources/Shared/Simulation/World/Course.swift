import Database
import JobQueue
import LeadStore
import Replenishment
import Timekeeping

/// How the days of a world go: agents use up leads, things go wrong, people interfere; at last peace, in which everything
/// must come to rest.
struct Course {
  /// In peace everything is at rest within this time.
  private static let peaceMax = Duration.seconds(30 * 3600)

  let world: World
  let days: Int
  /// Looks at the whole at the end of each day.
  let inspect: () throws -> Void
  /// What keeps the world from being at rest, judged by what happened after this cycle.
  let unrest: (Int64) throws -> String?
  let lastCycle: () throws -> Int64

  /// Lives through all of it. Ends early at the first broken promise.
  func run() async throws {
    for _ in 0..<world.scenario.schedulers { world.employ(.scheduler) }
    for _ in 0..<world.scenario.workers { world.employ(.worker) }
    for hour in 1...(days * 24) {
      try await pass(.seconds(3600))
      if world.violation != nil { return }
      try await live(through: hour)
      if hour % 24 == 0 { try inspect() }
    }
    try await makePeace()
    world.close()
    for _ in 0..<600 where !world.isEmpty { try await pass(.seconds(1)) }
    if !world.isEmpty { world.fail("who is asked to stop stops", "some process does not") }
  }

  private func pass(_ span: Duration) async throws {
    try await world.time.sleep(for: span, among: Sleepers())
  }

  // MARK: Hour by hour

  private func live(through hour: Int) async throws {
    let demand = Double(world.scenario.demandPerDay) / 10
    // Ten hours of work a day.
    if hour % 24 >= 8, hour % 24 < 18 {
      world.crm.work(world.random.int(0...Int(demand * 2)), now: world.moment.wall)
    }
    try disturbProcesses()
    disturbCRM()
    if world.faults.strikes(.clockForward) { world.setClock(by: jump()) }
    if world.faults.strikes(.clockBack) { world.setClock(by: .zero - jump()) }
    try disturbSources()
    try await interfere()
  }

  private func jump() -> Duration {
    world.random.pick([
      world.random.span(.seconds(2), .seconds(600)), world.random.span(.seconds(600), .seconds(3 * 3600)),
      world.random.span(.seconds(3 * 3600), .seconds(2 * 86_400)),
    ])
  }

  private func later(_ least: Duration, _ most: Duration, _ body: @escaping () -> Void) {
    world.time.after(world.random.span(least, most), body)
  }

  private func disturbProcesses() throws {
    let world = world
    // At a random moment of the coming hour.
    func soon(_ fault: Fault, _ body: @escaping () -> Void) {
      guard world.faults.strikes(fault) else { return }
      later(.zero, .seconds(3599)) { if !world.faults.isOver { body() } }
    }
    func victim(_ body: @escaping (SimulatedProcess) -> Void) -> () -> Void {
      { if !world.living.isEmpty { body(world.random.pick(world.living)) } }
    }
    soon(.deathAtAnyTime, victim { $0.kill("of itself") })
    soon(.suspension, victim { $0.suspend(for: world.random.span(.seconds(5), .seconds(2 * 3600))) })
    soon(.stopAndStart, victim { $0.stop() })
    soon(.deathOfAll) { world.killAll("with all others") }
    soon(.reboot) { world.reboot() }
  }

  private func disturbCRM() {
    let world = world
    if world.faults.strikes(.crmDown) {
      world.crm.isDown = true
      later(.seconds(60), .seconds(4 * 3600)) {
        world.crm.isDown = false
        // It has forgotten its logins.
        world.crm.tokenNumber += 1
      }
    }
    if world.faults.strikes(.crmLosesRows) {
      world.trace.note("the CRM loses \(world.crm.loseRows()) rows")
    }
  }

  private func disturbSources() throws {
    let world = world
    if world.faults.strikes(.sourceGrows) { try world.shelf.grow(World.natureOf(world.faults)) }
    if world.faults.strikes(.sourceShrinks) { try world.shelf.shrink() }
    for (fault, damage) in [(Fault.sourceMalformed, world.shelf.spoil), (.sourceMissing, world.shelf.hide)]
    where world.faults.strikes(fault) {
      let mend = try damage()
      later(.seconds(600), .seconds(6 * 3600)) {
        do {
          try mend()
        } catch {
          world.fail("the world works", "a source could not be mended: \(error)")
        }
      }
    }
  }

  private func interfere() async throws {
    for fault in [Fault.operatorPauses, .operatorCancels, .operatorRetries, .policyChange]
    where world.faults.strikes(fault) {
      do {
        try await Operator(world: world).act(fault)
      } catch {
        world.trace.note("a person gave up: \(error)")
      }
    }
  }

  // MARK: Peace

  private func makePeace() async throws {
    world.trace.note("peace")
    world.faults.isOver = true
    world.crm.isDown = false
    for process in world.living { process.suspend(for: .zero) }
    try await Operator(world: world).resumeEverything()
    let cycle = try lastCycle()
    var left = Self.peaceMax
    while let reason = try unrest(cycle) {
      guard left > .zero, world.violation == nil else {
        world.fail("without faults everything comes to rest", reason)
        return
      }
      try await pass(.seconds(1800))
      left -= .seconds(1800)
    }
  }
}
