import Database
import JobQueue
import LeadStore
import Leads
import Planning
import TestSupport
import Testing
import Timekeeping

@testable import Dashboard

@Suite("Words, moments and drawings")
struct WordsTests {
  let time: PageTime

  init() throws {
    let calendar = try #require(BusinessCalendar(zone: "America/New_York"))
    // 2026-03-02 10:00:00 in New York.
    time = PageTime(calendar, now: Timestamp(milliseconds: 1_772_463_600_000))
  }

  @Test("a moment of today shows its time, another one its day too; machines read UTC")
  func stamps() {
    let stamp = time.stamp(time.now - .seconds(61))
    #expect(stamp.text == "09:58:59" && stamp.iso == "2026-03-02T14:58:59Z")
    #expect(stamp.full == "2026-03-02 09:58:59 America/New_York")
    #expect(time.stamp(time.now - .seconds(86_400)).text == "Sun 1 Mar, 10:00")
    #expect(time.stamp(Timestamp(milliseconds: -1000)).iso == "1969-12-31T23:59:59Z")
  }

  @Test(
    "a moment that a person writes is read by the clock of the zone",
    arguments: [
      ("2026-03-02T10:00", 1_772_463_600_000), ("2026-03-02", 1_772_427_600_000), ("2026-03-02T25:00", nil),
      ("yesterday", nil), ("", nil), ("2026-13-02", nil), ("2026-03-02T", nil),
    ] as [(String, Int64?)])
  func moments(text: String, milliseconds: Int64?) {
    #expect(time.moment(text)?.milliseconds == milliseconds)
  }

  @Test("numbers are grouped by thousands")
  func numbers() {
    #expect([0, 999, 1000, 1_234_567, -1000].map(\.grouped) == ["0", "999", "1,000", "1,234,567", "−1,000"])
    #expect(1.counted("lead") == "1 lead" && 2.counted("lead") == "2 leads")
  }

  private func reading(_ stock: PerClass<Int>?, total: Int = 200) async throws -> OverviewReading {
    let place = try await StorePlace(.sqlite)
    let store = try await LeadStore.open(place.address(), now: time.now)
    let calendar = try #require(BusinessCalendar(zone: "UTC"))
    let rules = DashboardOffice.Rules(
      policy: Policy(), forecasting: .init(), calendar: calendar, sourcePaths: [], rotation: "priority")
    return try await store.write { [now = time.now] transaction in
      if let stock {
        let cycle = try CycleTable.begin(scheduler: "s", now: now, in: transaction)
        let snapshot = try SnapshotTable.add(
          Stock(
            total: total, available: stock.sum, availablePerClass: stock, availableOther: 0, closed: 0,
            activeAgents: 1, deskLoad: 0, conversion: PerClass(repeating: Conversion(won: 0, lost: 0)),
            newestLeadID: 1, takenAt: now - .seconds(60)), cycle: cycle, in: transaction)
        try SnapshotTable.judge(snapshot, .accepted, reason: nil, in: transaction)
        try CycleTable.finish(cycle, scheduler: "s", state: .done, message: "", now: now, in: transaction)
      }
      return try OverviewReading(
        rules: rules, moment: Moment(wall: now, bootID: nil, sinceBoot: nil), in: transaction)
    }
  }

  @Test("the sentence on top says how things stand, and the worst first")
  func sentences() async throws {
    func said(_ reading: OverviewReading) -> OverviewSentence {
      OverviewSentence(reading, policy: Policy(), time: time)
    }
    #expect(said(try await reading(nil)).text.hasPrefix("The CRM's stock has not been read yet"))
    var fine = try await reading(PerClass(aPlus: 10, a: 30, b: 20))
    #expect(said(fine).level == .good && said(fine).text.hasPrefix("The CRM is well stocked: 200 workable leads"))
    #expect(said(try await reading(PerClass(aPlus: 9, a: 30, b: 20))).text == "A+ (9 of 10) is below the minimum.")
    #expect(
      said(try await reading(PerClass(aPlus: 9, a: 2, b: 0))).text
        == "A+ (9 of 10), A (2 of 30) and B (0 of 20) are below the minimum.")
    #expect(said(try await reading(PerClass(aPlus: 10, a: 30, b: 20), total: 49)).level == .bad)
    fine.nextCycle = time.now + .seconds(300)
    #expect(said(fine).text.hasSuffix("The next cycle begins in 5 min."))
    fine.depths = [.init(queue: "upload", state: .available, count: 2, isAtLeast: false)]
    #expect(said(fine).level == .bad && said(fine).text.contains("no worker is alive"))
    fine.depths = []
    fine.reading?.beganAt = time.now - .seconds(7 * 3600)
    #expect(said(fine).level == .warn && said(fine).text.contains("7 h 0 min ago"))
    fine.isRestored = true
    #expect(said(fine).level == .bad && said(fine).text.hasPrefix("Nothing is planned or sent"))
  }

  @Test("a chart keeps within its frame whatever it is given, and says in words what it draws", arguments: 0..<16)
  func charts(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    let since = time.now - .seconds(86_400)
    let count = Int.random(in: 0...40, using: &random)
    let points = (0..<count).map { _ in
      (
        at: since + .seconds(Int.random(in: -5000...86_400, using: &random)),
        count: Int.random(in: 0...1_000_000, using: &random)
      )
    }.sorted { $0.at < $1.at }
    func moment() -> Timestamp? {
      random.oneIn(3) ? nil : time.now + .seconds(Int.random(in: -100...500_000, using: &random))
    }
    let chart = StockChart(
      title: "A <class>", points: points, since: since, now: time.now, until: time.now + .seconds(43_200),
      stock: Int.random(in: 0...3, using: &random), minimum: 10, target: 30,
      expected: StockChart.Expected(earliest: moment(), median: moment(), latest: moment()), time: time)
    let svg = chart.svg
    #expect(svg.contains(#"aria-label="A &lt;class&gt;: "#) && !svg.contains("nan") && !svg.contains("inf"))
    for match in svg.matches(of: /(?:M|L|x1=|x2=|cx=)"?(-?[0-9.]+) ?(-?[0-9.]+)?/) {
      #expect((0...380).contains(try #require(Double(match.output.1))))
      if let y = match.output.2.flatMap({ Double($0) }) { #expect((0...190).contains(y)) }
    }
  }

  @Test("a scale ends at a round number, not far above what it shows")
  func scales() {
    #expect([0.0, 2, 2.1, 9, 61, 81, 1001].map(StockChart.roundNumber) == [2, 2, 3, 10, 80, 100, 2000])
  }
}
