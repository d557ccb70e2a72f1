import Testing
import Timekeeping

@testable import Dashboard

@Suite("Who may be let in")
struct SettingsTests {
  @Test(
    "an address that others reach needs a token of 16 characters or more",
    arguments: [
      ("127.0.0.1", nil, true), ("127.8.9.1", nil, true), ("::1", nil, true), ("localhost", nil, true),
      ("0.0.0.0", nil, false), ("::", nil, false), ("192.168.1.5", nil, false), ("crm.example", nil, false),
      ("127.0.0.1.evil.example", nil, false), ("127.0.0", nil, false), ("127.0.0.256", nil, false),
      ("0.0.0.0", "0123456789abcdef", true), ("0.0.0.0", "0123456789abcde", false), ("127.0.0.1", "short", false),
    ])
  func problems(host: String, token: String?, isAllowed: Bool) {
    #expect((DashboardSettings(host: host, token: token).problem == nil) == isAllowed)
  }

  @Test(
    "the name of a host is told from its port",
    arguments: [
      ("localhost:8080", "localhost"), ("[::1]:8080", "::1"), ("::1", "::1"), ("CRM.Example", "crm.example"),
      ("[::1]", "::1"), (":80", ""),
    ])
  func hostNames(host: String, name: String) {
    #expect(Gate.hostName(host) == name)
  }

  @Test("a session ends after eight hours, and the oldest makes room when there are too many")
  func sessions() {
    nonisolated(unsafe) var number: UInt8 = 0
    // Called by this test alone.
    let sessions = Sessions { count in
      number &+= 1
      return [UInt8](repeating: number, count: count)
    }
    let now = ContinuousClock.now
    let id = sessions.begin(name: "ada", now: now)
    #expect(id.count == 64)
    #expect(sessions.find(id, now: now + .seconds(8 * 3600 - 1))?.name == "ada")
    #expect(sessions.find(id, now: now + .seconds(8 * 3600)) == nil)
    #expect(sessions.find(id, now: now) == nil, "it does not come back")
    #expect(sessions.find("", now: now) == nil)
  }

  @Test("wrong attempts are forgotten after a minute, and one address does not lock out another")
  func attempts() {
    let (limit, now) = (AttemptLimit(), ContinuousClock.now)
    for _ in 0..<AttemptLimit.perAddressMax { limit.noteFailure("a", now: now) }
    #expect(!limit.admits("a", now: now + .seconds(59)))
    #expect(limit.admits("b", now: now + .seconds(59)))
    #expect(limit.admits("a", now: now + .seconds(60)))
    for number in 0..<AttemptLimit.totalMax { limit.noteFailure("address \(number)", now: now + .seconds(70)) }
    #expect(!limit.admits("b", now: now + .seconds(71)))
  }

  @Test(
    "the cookie of the session is found among others",
    arguments: [
      ("lead_queue_session=abc", "abc"), ("a=1; lead_queue_session=abc; b=2", "abc"),
      ("a=1;lead_queue_session=x=y", "x=y"),
      ("xlead_queue_session=abc", nil), ("", nil),
    ])
  func cookies(header: String, id: String?) {
    #expect(Gate.sessionID(header) == id)
  }

  @Test("fields of forms are read as browsers write them, and broken ones left out")
  func fields() {
    let fields = FormFields("a=1+2%20%C3%A9&b=&c&d=%FF&a=second&e=%3Cb%3E&=x&f=%zz")
    #expect(fields["a"] == "1 2 é")
    #expect(fields["b"] == nil && fields["c"] == nil && fields["d"] == nil && fields["f"] == nil)
    #expect(fields["e"] == "<b>")
    #expect(FormFields.query([("a", "x y&z"), ("b", nil), ("c", "é")]) == "a=x%20y%26z&c=%C3%A9")
  }
}
