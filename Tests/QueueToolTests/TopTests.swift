import Database
import JobQueue
import LeadStore
import Leads
import Operations
import TestSupport
import Testing
import Timekeeping

@testable import lead_queue

@Suite("The live view", .onEachEngine)
struct TopTests {
  let bench: Workbench

  init() async throws {
    bench = try await Workbench()
  }

  private func facts() async throws -> TopFacts {
    var policy = Policy()
    policy.minTotal = 20
    policy.targetTotal = 200
    policy.minPerClass = PerClass(aPlus: 5, a: 5, b: 5)
    let calendar = try #require(BusinessCalendar(zone: "UTC"))
    let moment = bench.moment()
    return try await bench.store.read { [policy] transaction in
      try TopFacts(store: "data/q.db", policy: policy, calendar: calendar, moment: moment, in: transaction)
    }
  }

  private func lines(_ facts: TopFacts, width: Int, height: Int?, isColoured: Bool = false) -> [String] {
    let output = StandardStream(isTerminal: true, isColoured: isColoured) { _ in }
    return TopFrame(facts: facts, time: ShownTime(zoneName: "UTC"), width: width, height: height).lines.map {
      $0.shown(width: width, on: output)
    }
  }

  @Test("an empty store says so everywhere")
  func empty() async throws {
    let text = lines(try await facts(), width: 80, height: nil).joined(separator: "\n")
    for words in ["STOCK   not read yet", "CYCLE   none yet", "no cooldown", "worker-1"] {
      #expect(text.contains(words), "\(text)")
    }
  }

  @Test("stock against minimum and target, quota, cooldown, cycle, jobs, what each worker runs, the latest events")
  func full() async throws {
    try await bench.fillCatalog()
    let planned = try await bench.planUpload()
    let lease = try await bench.lease()
    try await bench.intend(planned.batch, [0, 1, 2, 3], lease)
    try await bench.finish(planned.batch, [(0, .created(crmID: nil)), (1, .created(crmID: nil))], lease)
    let facts = try await facts()
    #expect(facts.progress == TopFacts.Progress(done: 2, selected: 4))
    let shown = lines(facts, width: 80, height: nil)
    let text = shown.joined(separator: "\n")
    #expect(
      shown.contains { $0.hasPrefix("  total " + "    10 ") && $0.contains("min 20, target 200  LOW") }, "\(text)")
    #expect(shown.contains { $0.hasPrefix("  A+    " + "     2 ") && $0.contains("min 5, target 40") }, "\(text)")
    #expect(shown.contains { $0.hasPrefix("TODAY") && $0.contains("of 500, 2 in flight") }, "\(text)")
    #expect(shown.contains { $0.hasPrefix("HOLD    cooldown ") }, "\(text)")
    #expect(shown.contains { $0.contains("alive host:1  upload \(planned.job)") }, "\(text)")
    #expect(shown.contains { $0.hasPrefix("EVENTS") })
  }

  @Test("queues are shown by what is open or dead, and a count that ended at its bound says so")
  func queues() async throws {
    var facts = try await facts()
    facts.depths = []
    #expect(lines(facts, width: 80, height: nil).contains("  no job is open or dead"))
    facts.depths = [
      .init(queue: "upload", state: .available, count: 10_000, isAtLeast: true),
      .init(queue: "sync", state: .dead, count: 3, isAtLeast: false),
    ]
    let shown = lines(facts, width: 80, height: nil)
    let title = try #require(shown.firstIndex { $0.hasPrefix("QUEUE") })
    #expect(
      shown[title...].prefix(3) == [
        "QUEUE      waiting available    leased      dead",
        "  sync           0         0         0         3",
        "  upload         0    10000+         0         0",
      ])
    facts.depths[1].queue = "a_queue_of_a_very_long_name"
    let long = lines(facts, width: 80, height: nil)
    #expect(
      long[title...].prefix(3) == [
        "QUEUE                    waiting available    leased      dead",
        "  a_queue_of_a_very_l…         0         0         0         3",
        "  upload                       0    10000+         0         0",
      ])
  }

  @Test("fits every terminal, and a cut line says so", arguments: [(80, 24), (120, 40), (50, 15), (20, 5), (1, 1)])
  func fits(columns: Int, rows: Int) async throws {
    try await bench.fillCatalog()
    _ = try await bench.planUpload()
    let shown = lines(try await facts(), width: columns, height: rows)
    #expect(shown.count <= rows)
    #expect(shown.allSatisfy { $0.count <= columns })
    #expect(shown.first?.hasSuffix("…") == (columns < 50))
  }

  @Test("what is below its minimum is red where colour may be used, and nothing moves the cursor")
  func colours() async throws {
    try await bench.fillCatalog()
    _ = try await bench.planUpload()
    var facts = try await facts()
    facts.cycle?.message = "x\u{1b}[2J\n"
    let coloured = lines(facts, width: 80, height: nil, isColoured: true).joined(separator: "\n")
    #expect(coloured.contains("\u{1b}[31m") && !coloured.contains("\u{1b}[2J"))
    #expect(!lines(facts, width: 80, height: nil).joined().contains("\u{1b}"))
  }
}
