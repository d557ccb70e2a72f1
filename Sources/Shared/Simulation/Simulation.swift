package import Database
import Foundation
import Timekeeping

/// Days of the whole system in milliseconds: the programs' own decisions, queue, upload logic and store, on one thread, with
/// simulated time, people and mishaps, against a simulated CRM. Every step follows from the seed.
///
/// A process that simulates does nothing else: `prepare` takes over all of its tasks.
package enum Simulation {
  /// How one seed went.
  package struct Report: Sendable {
    package let seed: UInt64
    /// Nil: every promise was kept.
    package var violation: String?
    /// How many steps of tasks were run until then.
    package var steps = 0
    package var transactions = 0
    /// Rows created in the CRM.
    package var created = 0
    package var days = 0
    package var faults: [Fault: Int] = [:]
    /// The last lines of what happened, for a failure.
    package var trace: [String] = []
  }

  /// Many more than any good seed needs within one moment of simulated time.
  private static let stepsPerMomentMax = 200_000

  /// To be called first, before any task is made.
  package static func prepare() {
    SingleThread.install()
  }

  /// Lives through one seed in the working directory, which is empty. `server`: where the store is, in a schema that is removed
  /// before and afterwards; nil: in a file. `watch`: is told of everything.
  package static func run(
    seed: UInt64, days: Int, faultShare: Double, server: ServerAddress? = nil, watch: ((String) -> Void)? = nil
  ) -> Report {
    var report = Report(seed: seed)
    let store = server.map(StoreAddress.server) ?? SimulatedStoreTable.file
    do {
      try SimulatedStoreTable.clear(store)
      let world = try World(
        seed: seed, faultShare: faultShare, store: store, isWatched: watch != nil, show: watch ?? { _ in })
      let steps = try live(world, days: days)
      report.steps = steps
      report.violation = world.violation?.description
      report.transactions = world.commits
      report.created = world.everCreated.count
      report.days = days
      report.faults = world.faults.struck
      report.trace = report.violation == nil ? [] : Array(world.trace.last.suffix(200))
      try SimulatedStoreTable.clear(store)
    } catch {
      report.violation = "the world exists: \(error)"
    }
    return report
  }

  /// Returns how many steps it took.
  private static func live(_ world: World, days: Int) throws -> Int {
    let opening = Opening()
    Task { await opening.run(world) }
    var random = SeededRandom(seed: world.seed, stream: "order")
    while !opening.isOver, SingleThread.step(&random) {}
    if let error = opening.error { throw error }
    let connection = try SimulatedStoreTable.look(at: world.store)
    let queue = QueueCheckTable(world: world, connection: connection)
    let books = BooksCheckTable(world: world, connection: connection)
    let alerts = AlertCheckTable(world: world, connection: connection)
    let inspect = { @Sendable (isOver: Bool) in
      try books.run(isOver: isOver)
      try alerts.run(isOver: isOver)
    }
    let life = Life()
    let course = Course(
      world: world, days: days, inspect: { try inspect(false) }, unrest: books.unrest,
      lastCycle: books.lastCycle)
    Task { await life.run(course) }
    world.onCommit = {
      // One state of the store, and one opening of it.
      try SimulatedStoreTable.begin(connection)
      try queue.run()
      try books.runOnPlans()
      try connection.run("COMMIT")
    }
    let steps = turn(world, life, &random)
    if world.violation == nil {
      if let error = life.error { world.fail("the world works", "\(error)") }
      try inspect(true)
    }
    wreck(world, &random)
    return steps
  }

  /// Steps until the course is over, a promise is broken, or nothing moves any more.
  private static func turn(_ world: World, _ life: Life, _ random: inout SeededRandom) -> Int {
    var (steps, momentBegan, moment) = (0, 0, Duration.zero)
    while !life.isOver, world.violation == nil {
      world.stocks.observe()
      if SingleThread.step(&random) {
        steps += 1
        if world.time.now != moment { (moment, momentBegan) = (world.time.now, steps) }
        if steps - momentBegan > stepsPerMomentMax { world.fail("time passes", "nothing but steps, no rest") }
      } else if !world.time.advance() {
        world.fail("time passes", "all wait for ever")
      }
    }
    return steps
  }

  /// Whoever still lives dies, so that the next world has the thread for itself.
  private static func wreck(_ world: World, _ random: inout SeededRandom) {
    world.close()
    for process in world.living { process.kill("with its world") }
    for _ in 0..<stepsPerMomentMax where !SingleThread.step(&random) {
      if !world.time.advance() { break }
    }
    world.dissolve()
  }

  /// Makes the store, so that those who look from outside find it.
  // Unchecked: used on the one thread of `SingleThread` only.
  private final class Opening: @unchecked Sendable {
    private(set) var isOver = false
    private(set) var error: (any Error)?

    func run(_ world: World) async {
      do {
        world.faults.isOver = true
        _ = try await Staff(world: world, process: world.visitor()).open()
        world.faults.isOver = false
      } catch {
        self.error = error
      }
      isOver = true
    }
  }

  // Unchecked: used on the one thread of `SingleThread` only.
  private final class Life: @unchecked Sendable {
    private(set) var isOver = false
    private(set) var error: (any Error)?

    func run(_ course: Course) async {
      do {
        try await course.run()
      } catch {
        self.error = error
      }
      isOver = true
    }
  }
}
