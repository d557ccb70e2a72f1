import Leads
import Planning
import Testing
import Timekeeping

@Suite("Run-out")
struct RunOutTests {
  /// Exactly `perDay` leads a day are expected, Poisson, with nothing uncertain about the level.
  private func even(_ perDay: Double) throws -> ClassForecast {
    var forecast = try #require(ClassForecast(learning: uptake([Int?](repeating: 10, count: 20))))
    forecast.model = Smoothing(method: .simple, alpha: 0, level: perDay)
    forecast.daysOfLevel = .infinity
    return forecast
  }

  private func outlook(_ perDay: Double, days: Int = 20) throws -> DemandOutlook {
    let days = workDays(days)
    return DemandOutlook(try even(perDay), slots: days.slots(of: .seconds(1800), from: days[0].opening))
  }

  // One lead a slot: the fortieth comes after Gamma(40, 1) slots, with the quantiles 32.14, 39.67 and 48.29 (SciPy), so that
  // it comes within the 33rd, the 40th and the 49th.
  @Test("Forty leads at one a slot are used up in the fortieth slot, give or take")
  func median() throws {
    let runOut = RunOut(stock: 40, outlook: try outlook(16))
    #expect(runOut.median == 39)
    #expect(runOut.earliest == 32)
    #expect(runOut.latest == 48)
  }

  @Test("Nothing in stock is used up now; what outlasts the slots has no time")
  func ends() throws {
    #expect(RunOut(stock: 0, outlook: try outlook(16)) == RunOut(stock: -3, outlook: try outlook(16)))
    #expect(RunOut(stock: 0, outlook: try outlook(16)).median == 0)
    let long = RunOut(stock: 300, outlook: try outlook(16, days: 18))
    #expect(long.earliest != nil)
    #expect(long.median == nil || long.latest == nil)
    let never = RunOut(stock: 1, outlook: try outlook(0))
    #expect(never.earliest == nil && never.median == nil && never.latest == nil)
  }

  @Test("More stock never runs out earlier, and the band is in order")
  func monotone() {
    let failures = broken(0..<200) { random in
      let counts: [Int?] = (0..<random.int(10...60)).map { _ in random.int(0...15) }
      guard let forecast = ClassForecast(learning: uptake(counts)) else { return false }
      let days = workDays(30)
      let now = days[0].opening + .seconds(Int64(random.int(0...30_000)))
      let outlook = DemandOutlook(forecast, slots: days.slots(of: .seconds(1800), from: now))
      let stocks = [random.int(1...40), random.int(41...120)].map { RunOut(stock: $0, outlook: outlook) }
      func order(_ slots: [Int?]) -> Bool {
        let places = slots.map { $0 ?? .max }
        return places == places.sorted()
      }
      return stocks.allSatisfy { order([$0.earliest, $0.median, $0.latest]) }
        && order([stocks[0].median, stocks[1].median]) && order([stocks[0].latest, stocks[1].latest])
    }
    #expect(failures == [])
  }

  @Test("Several classes together use up their sum")
  func sums() throws {
    let both = DemandOutlook(sumOf: [try outlook(6), try outlook(10)])
    let one = try outlook(16)
    #expect(both.count == one.count)
    #expect(abs(both.total.mean - one.total.mean) < 1e-9)
    #expect(RunOut(stock: 40, outlook: both) == RunOut(stock: 40, outlook: one))
  }

  @Test("Slots begin at each opening, the one at work is cut at now, nights and weekends have none")
  func slots() {
    let days = workDays(6)
    let slots = days.slots(of: .seconds(1800), from: days[0].closing - .seconds(2700))
    #expect(slots.count == 2 + 5 * 16)
    #expect(slots[0].share == 0.25 / 8)
    #expect(slots[1].share == 0.5 / 8)
    #expect(slots[2].start == days[1].opening)
    #expect(slots.last?.weekday == 1)
    #expect(abs(slots.reduce(0) { $0 + $1.share } - (0.75 / 8 + 5)) < 1e-9)
    let window = days.window(of: .seconds(3600), from: days[0].closing - .seconds(2700))
    #expect(window.map(\.share) == [0.75 / 8, 0.25 / 8])
    #expect(days.window(of: .seconds(3600), from: days[0].closing + .seconds(60)).map(\.weekday) == [2])
  }
}
