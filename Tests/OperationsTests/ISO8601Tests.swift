import TestSupport
import Testing
import Timekeeping

@testable import Operations

struct ISO8601Tests {
  @Test(
    "moments are read with their zone",
    arguments: [
      ("1970-01-01T00:00:00Z", 0), ("1970-01-01T00:00Z", 0), ("1970-01-01 01:00:00.5+01:00", 500),
      ("2026-11-22T10:00:00.123-05:00", 1_795_359_600_123), ("2026-11-22T10:00:00.123999-0500", 1_795_359_600_123),
      ("2000-02-29T00:00:00Z", 951_782_400_000), ("1969-12-31T23:59:59.999Z", -1),
    ] as [(String, Int64)])
  func reading(text: String, milliseconds: Int64) {
    #expect(ISO8601.timestamp(of: text) == Timestamp(milliseconds: milliseconds))
  }

  @Test(
    "anything else is refused",
    arguments: [
      "", "now", "2026-11-22", "2026-11-22T10:00:00", "2026-02-29T10:00:00Z", "2026-13-01T10:00:00Z",
      "2026-11-22T24:00:00Z", "2026-11-22T10:60:00Z", "2026-11-22T10:00:60Z", "2026-11-22T10:00:00.Z",
      "2026-11-22T10:00:00+5", "2026-11-22T10:00:00Zx", " 2026-11-22T10:00:00Z", "2026-11-22T10:00:00é",
    ])
  func refusing(text: String) {
    #expect(ISO8601.timestamp(of: text) == nil)
  }

  @Test("every moment comes back from its own text, in any zone", arguments: 0..<100 as Range<UInt64>)
  func roundTrip(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    for _ in 0..<100 {
      let time = Timestamp(milliseconds: Int64.random(in: -62_135_596_800_000...253_402_200_000_000, using: &random))
      let offset = Int.random(in: -56...56, using: &random) * 900
      let text = ISO8601.text(of: time, offset: time.milliseconds < -62_000_000_000_000 ? 0 : offset)
      #expect(ISO8601.timestamp(of: text) == time, "\(text)")
    }
  }

  @Test("a moment that a zone puts before the year 0 is shown with the sign of its year")
  func beforeYearZero() throws {
    let time = try #require(ISO8601.timestamp(of: "0000-01-01T00:00:00+23:59"))
    #expect(ISO8601.text(of: time, offset: 0) == "-0001-12-31T00:01:00.000Z")
  }
}
