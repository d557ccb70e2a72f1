import Leads
import Planning
import Testing

@Suite("The forecast of a class")
struct ClassForecastTests {
  @Test("Under ten days of known uptake nothing is predicted")
  func daysMin() {
    #expect(ClassForecast(learning: uptake([Int?](repeating: 5, count: 9))) == nil)
    #expect(ClassForecast(learning: uptake([Int?](repeating: 5, count: 9) + [nil, nil])) == nil)
    #expect(ClassForecast(learning: uptake([Int?](repeating: 5, count: 10)))?.days == 10)
  }

  @Test("A clear weekly season is found from three weeks on, and not looked for before")
  func season() throws {
    let week = [50, 40, 40, 40, 30]
    let two = try #require(ClassForecast(learning: uptake(week + week)))
    #expect(two.model.method == .simple)
    #expect(two.accuracyOfOther == nil)
    let three = try #require(ClassForecast(learning: uptake(week + week + week)))
    #expect(three.model.method == .holtWinters)
    for (weekday, expected) in week.enumerated() { #expect(abs(three.mean(on: weekday + 1) - Double(expected)) < 1e-6) }
    #expect(abs(three.dailyMean(over: 1...5) - 40) < 1e-6)
  }

  @Test("Without a season the simple method is kept when it errs less")
  func noSeason() {
    // A step that the weekdays have nothing to do with.
    let series = uptake([10, 12, 11, 9, 8, 10, 11, 9, 12, 10, 20, 21, 19, 22, 20, 19, 20, 21, 22, 20])
    #expect(ClassForecast(learning: series)?.model.method == .simple)
  }

  @Test("Even demand is Poisson, demand in heaps is negative binomial with its own variance")
  func dispersion() throws {
    #expect(ClassForecast(learning: uptake([10, 11, 9, 10, 10, 11, 9, 10, 10, 10]))?.dispersion == 1)
    // 0 and 20 in turn: mean 10, variance 100 about it; ten numbers and two fitted ones make it 1000 / 8.
    let heaps = try #require(ClassForecast(learning: uptake([0, 20, 20, 0, 0, 20, 20, 0, 0, 20])))
    #expect(heaps.dispersion > 9 && heaps.dispersion <= 12.5 + 1e-9)
  }

  @Test("A day that used up the stock counts as an average day at least")
  func censored() throws {
    var series = uptake([Int?](repeating: 10, count: 10))
    series += [DailyUptake(day: "short", weekday: 1, count: 2, isCensored: true)]
    #expect(try #require(ClassForecast(learning: series)).mean(on: 2) == 10)
    series[10].isCensored = false
    #expect(try #require(ClassForecast(learning: series)).mean(on: 2) < 10)
  }

  @Test("Without any uptake none is expected")
  func none() throws {
    let forecast = try #require(ClassForecast(learning: uptake([Int?](repeating: 0, count: 30))))
    #expect(forecast.mean(on: 1) == 0)
    #expect(forecast.dispersion == 1)
    #expect(forecast.accuracy == nil)
  }

  @Test("Days far back are forgotten")
  func forgets() throws {
    let series = uptake([Int?](repeating: 100, count: 50) + [Int?](repeating: 4, count: ClassForecast.daysMax))
    let forecast = try #require(ClassForecast(learning: series))
    #expect(forecast.days == ClassForecast.daysMax)
    #expect(abs(forecast.mean(on: 1) - 4) < 1e-9)
  }

  @Test("Sums of several days spread more than independent days: by hand for h = 3, α = 0.5, n = 12")
  func spread() throws {
    var forecast = try #require(ClassForecast(learning: uptake([Int?](repeating: 10, count: 12))))
    forecast.model = Smoothing(method: .simple, alpha: 0.5, level: 10)
    forecast.daysOfLevel = 12
    // (1² + 1.5² + 2²) / 3 = 7.25 / 3, and 3 / 12.
    #expect(abs(forecast.spread(overDays: 3) - (7.25 / 3 + 0.25)) < 1e-12)
    #expect(abs(forecast.spread(overDays: 1) - (1 + 1.0 / 12)) < 1e-12)
  }
}
