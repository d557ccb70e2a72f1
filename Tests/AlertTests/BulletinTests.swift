import Alerts
import Testing
import Timekeeping

private let noon = Timestamp(milliseconds: 1_790_000_000_000)

private func alert(
  _ id: Int64, _ event: AlertEvent, _ text: String, isRaiseTold: Bool = false, over: String? = nil
) -> UntoldAlert {
  UntoldAlert(
    id: id, key: AlertKey(event, "s"), text: text, raisedAt: noon, isRaiseTold: isRaiseTold,
    recovery: over.map { .init(at: noon + .seconds(3600), text: $0) })
}

private func shown(_ time: Timestamp) -> String { time == noon ? "Mon 12:00" : "Mon 13:00" }

@Suite("What people are told")
struct BulletinTests {
  @Test("All changes of a look stand in one message: what is new first, then what is over")
  func grouped() {
    let bulletin = Bulletin(
      of: [
        alert(1, .crmDown, "The CRM is down", isRaiseTold: true, over: "The CRM answers"),
        alert(2, .stockLow, "A+ leads are low"), alert(3, .stockLow, "B leads are low"),
      ], time: shown)
    #expect(bulletin.title == "A+ leads are low, and 1 more")
    #expect(
      bulletin.lines == [
        "- A+ leads are low. Since Mon 12:00. [stock_low]", "- B leads are low. Since Mon 12:00. [stock_low]",
        "- Over: The CRM answers. From Mon 12:00 to Mon 13:00. [crm_down]",
      ])
  }

  @Test("What began and ended before anybody was told is one line, which says what it was")
  func bothAtOnce() {
    let bulletin = Bulletin(of: [alert(1, .drift, "3 leads are gone", over: "none is missing")], time: shown)
    #expect(bulletin.title == "Over: none is missing")
    #expect(
      bulletin.lines == ["- Over: none is missing. It was: 3 leads are gone. From Mon 12:00 to Mon 13:00. [drift]"])
  }

  @Test("A line stays a line, whatever the text: no header and no paragraph can be slipped in")
  func controlCharacters() {
    let bulletin = Bulletin(kind: .test, title: "a\r\nBcc: x@y", lines: ["b\u{0}c\nd", ""])
    #expect(bulletin.title == "a  Bcc: x@y")
    #expect(bulletin.lines == ["b c d", ""])
  }

  @Test("In quiet hours the severe ones are told, and the others held back")
  func quiet() {
    let alerts = AlertEvent.allCases.enumerated().map { alert(Int64($0.offset), $0.element, "x") }
    #expect(Set(alerts.due(isQuiet: true).map(\.key.event)) == [.crmDown, .auditBroken, .cycleFailed])
    #expect(alerts.due(isQuiet: false) == alerts)
  }

  @Test(
    "Quiet hours go by the clock of the business, over midnight too, their end excluded",
    arguments: [
      // In New York it is five hours less in winter.
      (22, 7, "2026-12-01T02:59", false), (22, 7, "2026-12-01T03:00", true), (22, 7, "2026-12-01T11:59", true),
      (22, 7, "2026-12-01T12:00", false), (12, 14, "2026-12-01T17:00", true), (12, 14, "2026-12-01T19:00", false),
      // And four in summer.
      (22, 7, "2026-07-01T02:00", true), (22, 7, "2026-07-01T01:59", false),
    ])
  func quietHours(start: Int, end: Int, moment: String, isQuiet: Bool) throws {
    let clock = try #require(ZoneClock(zone: "America/New_York"))
    let day = try #require(CivilDay(moment.prefix(10)))
    let time = moment.suffix(5).split(separator: ":").compactMap { Int($0) }
    let at = Timestamp(milliseconds: Int64(day.number) * 86_400_000 + Int64(time[0] * 60 + time[1]) * 60_000)
    #expect(QuietHours(start: start * 60, end: end * 60).contains(at, by: clock) == isQuiet)
  }
}
