import TestSupport
import Testing
import Timekeeping

/// Laws that hold for all hours in all zones, whatever the clocks do.
@Suite("Laws of the business calendar")
struct BusinessCalendarLawTests {
  private static func calendar(_ zone: String, _ random: inout SeededGenerator, around date: CivilDay) throws
    -> BusinessCalendar
  {
    let opening = Int.random(in: 0..<1440, using: &random)
    let closing = Int.random(in: opening + 1...1440, using: &random)
    let days = Set(Weekday.allCases.filter { _ in !random.oneIn(4) })
    let holidays = (-10...10).filter { _ in random.oneIn(6) }.map { (date.advanced(by: $0), "") }
    return try #require(
      BusinessCalendar(
        zone: zone, hours: BusinessHours(opening: opening, closing: closing, days: days),
        holidays: Holidays(dates: Dictionary(uniqueKeysWithValues: holidays))))
  }

  private static func moment(_ date: CivilDay, _ random: inout SeededGenerator) -> Timestamp {
    Timestamp(
      milliseconds: Int64(date.number) * 86_400_000 + Int64.random(in: -400_000_000...400_000_000, using: &random))
  }

  @Test(
    "The first moment that a clock shows a time is the one found by trying each minute", arguments: RemarkableDay.all)
  func firstMoments(_ remarkable: RemarkableDay) throws {
    let clock = try #require(ZoneClock(zone: remarkable.zone))
    let face = try #require(ClockFace(zone: remarkable.zone))
    var random = SeededGenerator(seed: 7)
    for offset in -2...2 {
      let day = day(remarkable.date).advanced(by: offset)
      for minutes in [0, 1, 30, 60, 90, 120, 121, 150, 180, 1380, 1381, 1440]
        + (0..<6).map({ _ in Int.random(in: 0...1440, using: &random) })
      {
        #expect(clock.firstMoment(of: day, minutes: minutes) == face.firstMoment(of: day, minutes: minutes))
      }
    }
  }

  @Test("First moments never fall as the clock goes on", arguments: RemarkableDay.all)
  func order(_ remarkable: RemarkableDay) throws {
    let clock = try #require(ZoneClock(zone: remarkable.zone))
    let first = day(remarkable.date).advanced(by: -1)
    let moments = (0..<3 * 144).map { clock.firstMoment(of: first.advanced(by: $0 / 144), minutes: $0 % 144 * 10) }
    #expect(zip(moments, moments.dropFirst()).allSatisfy { $0 <= $1 })
  }

  @Test("The next opening is open, nothing before it is, and an open moment is its own", arguments: RemarkableDay.all)
  func nextOpening(_ remarkable: RemarkableDay) throws {
    let date = day(remarkable.date)
    for seed in 0..<60 {
      var random = SeededGenerator(seed: UInt64(seed))
      let calendar = try Self.calendar(remarkable.zone, &random, around: date)
      let time = Self.moment(date, &random)
      let closure = calendar.closure(at: time)
      guard let next = calendar.nextOpening(from: time) else {
        #expect(calendar.hours.days.isEmpty, "seed \(seed)")
        continue
      }
      #expect(next >= time && calendar.isOpen(at: next), "seed \(seed)")
      #expect((closure == nil) == (next == time), "seed \(seed)")
      #expect(closure.map { $0.nextOpening == next } ?? true, "seed \(seed)")
      let wait = (next - time).milliseconds
      for _ in 0..<5 where wait > 0 {
        #expect(!calendar.isOpen(at: time + .milliseconds(Int64.random(in: 0..<wait, using: &random))), "seed \(seed)")
      }
    }
  }

  @Test(
    "Slots follow one another, are open throughout, and add up to the business time they span",
    arguments: RemarkableDay.all)
  func slots(_ remarkable: RemarkableDay) throws {
    let date = day(remarkable.date)
    for seed in 0..<40 {
      var random = SeededGenerator(seed: UInt64(seed))
      let calendar = try Self.calendar(remarkable.zone, &random, around: date)
      let time = Self.moment(date, &random)
      let length = Duration.milliseconds(Int64.random(in: 600_000...20_000_000, using: &random))
      let slots = calendar.slots(from: time, count: 12, of: length)
      #expect(slots.count == (calendar.hours.days.isEmpty ? 0 : 12), "seed \(seed)")
      #expect(zip(slots, slots.dropFirst()).allSatisfy { $0.period.upperBound <= $1.period.lowerBound }, "seed \(seed)")
      for slot in slots {
        #expect(slot.duration > .zero && slot.duration <= length, "seed \(seed)")
        #expect(calendar.isOpen(at: slot.period.lowerBound), "seed \(seed)")
        #expect(calendar.isOpen(at: slot.period.upperBound - .milliseconds(1)), "seed \(seed)")
        #expect(calendar.period(of: slot.day)?.contains(slot.period.lowerBound) == true, "seed \(seed)")
      }
      guard let last = slots.last else { continue }
      let sum = slots.reduce(Duration.zero) { $0 + $1.duration }
      #expect(sum == calendar.businessTime(from: time, to: last.period.upperBound), "seed \(seed)")
      #expect(calendar.moment(after: sum, ofBusinessSince: time) == last.period.upperBound, "seed \(seed)")
    }
  }

  @Test("Business time adds up, wherever it is cut", arguments: RemarkableDay.all)
  func additivity(_ remarkable: RemarkableDay) throws {
    let date = day(remarkable.date)
    for seed in 0..<60 {
      var random = SeededGenerator(seed: UInt64(seed))
      let calendar = try Self.calendar(remarkable.zone, &random, around: date)
      let times = (0..<3).map { _ in Self.moment(date, &random) }.sorted()
      let whole = calendar.businessTime(from: times[0], to: times[2])
      let parts =
        calendar.businessTime(from: times[0], to: times[1]) + calendar.businessTime(from: times[1], to: times[2])
      #expect(whole == parts, "seed \(seed)")
      #expect(whole <= times[2] - times[0], "seed \(seed)")
    }
  }
}
