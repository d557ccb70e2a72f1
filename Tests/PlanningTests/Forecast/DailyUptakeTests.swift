import Leads
import Planning
import Testing

@Suite("Daily uptake")
struct DailyUptakeTests {
  private func dayEnd(_ day: String, _ weekday: Int, _ a: Int?, arrivals: Int = 0) -> DayEnd {
    DayEnd(
      day: day, weekday: weekday, available: a.map { PerClass(aPlus: 0, a: $0, b: 0) },
      arrivals: PerClass(aPlus: 0, a: arrivals, b: 0))
  }

  @Test("What agents took is the stock before and what arrived, less the stock after")
  func balance() {
    let series = DailyUptake.series([dayEnd("d1", 1, 40), dayEnd("d2", 2, 33), dayEnd("d3", 3, 75, arrivals: 50)])
    #expect(series.a.map(\.count) == [7, 8])
    #expect(series.a.map(\.day) == ["d2", "d3"])
  }

  @Test("Leads that others brought never make an uptake negative")
  func floor() {
    #expect(DailyUptake.series([dayEnd("d1", 1, 10), dayEnd("d2", 2, 30)]).a.map(\.count) == [0])
  }

  @Test("A day without a reading is unknown, and so is the day after it: nothing tells the two apart")
  func gap() {
    let series = DailyUptake.series([
      dayEnd("d1", 1, 40), dayEnd("d2", 2, nil), dayEnd("d3", 3, 30), dayEnd("d4", 4, 28),
    ])
    #expect(series.a.map(\.count) == [nil, nil, 2])
  }

  @Test("The series begins after the first reading, and there is none without one")
  func beginning() {
    let late = DailyUptake.series([dayEnd("d1", 1, nil), dayEnd("d2", 2, 9), dayEnd("d3", 3, 4)])
    #expect(late.a.map(\.count) == [5])
    #expect(DailyUptake.series([dayEnd("d1", 1, nil)]).a.isEmpty)
    #expect(DailyUptake.series([]).a.isEmpty)
  }

  @Test("A day that used the stock up is marked: agents might have taken more")
  func censored() {
    let series = DailyUptake.series([dayEnd("d1", 1, 4), dayEnd("d2", 2, 0), dayEnd("d3", 3, 2, arrivals: 3)])
    #expect(series.a.map(\.isCensored) == [true, false])
  }
}
