import TestSupport
import Testing
import Timekeeping

@testable import Replenishment

@Suite("Days of the configured zone")
struct ZoneDayTests {
  @Test(
    "The day is the zone's own, on both sides of every midnight and every change of its clocks", arguments: ZoneDays.all
  )
  func days(zone: ZoneDays) throws {
    let calendar = try #require(BusinessCalendar(zone: zone.zone))
    var random = SeededGenerator(seed: 1)
    var days: Set<String> = []
    for quarter in -200..<400 {
      for milliseconds in [0, 1, 899_999, Int64.random(in: 2..<899_999, using: &random)] {
        let time = zone.begin + .seconds(900 * quarter) + .milliseconds(milliseconds)
        #expect(calendar.day(of: time) == zone.day(of: time))
        days.insert(zone.day(of: time))
      }
    }
    #expect(days.count >= 6, "six days are crossed")
  }

  @Test("Leap days, the turn of the year and a day that never was, by hand")
  func byHand() throws {
    let berlin = try #require(BusinessCalendar(zone: "Europe/Berlin"))
    // 2028-02-29 23:30:00 UTC is past midnight in Berlin.
    #expect(berlin.day(of: Timestamp(milliseconds: 1_835_479_800_000)) == "2028-03-01")
    #expect(berlin.day(of: Timestamp(milliseconds: 1_835_476_200_000)) == "2028-02-29")
    let apia = try #require(BusinessCalendar(zone: "Pacific/Apia"))
    #expect(apia.day(of: Timestamp(milliseconds: 1_325_239_199_999)) == "2011-12-29")
    #expect(apia.day(of: Timestamp(milliseconds: 1_325_239_200_000)) == "2011-12-31")
  }
}
