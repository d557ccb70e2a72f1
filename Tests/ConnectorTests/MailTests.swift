import Alerts
import Foundation
import TestSupport
import Testing
import Timekeeping

@testable import Connectors

/// A message as a person would not write it: every trap of mail in one.
private let awkward = Bulletin(
  kind: .alerts, title: "A+ leads run out Tuesday 14:00 (80 %: Tue 11:00 – Wed 10:00) – Größe und Straße, 日本語, 🙂",
  lines: [
    "- A+ leads run out: 4 – minimum 10.", "", ".", "..two dots", "From the desk", "= signs = and ends in a space ",
    String(repeating: "long – ", count: 60), "x\r\nBcc: everybody@example.org",
  ])

private func letter(_ bulletin: Bulletin = awkward, id: String = "notify-7.store-1") -> Letter {
  // Monday 2026-09-21 14:13:20 UTC.
  Letter(
    bulletin: bulletin, id: id, madeAt: Timestamp(milliseconds: 1_790_000_000_000),
    sender: "lead-queue, store abc. What is open: lead-queue alerts")
}

@Suite("Mail, by a real server")
struct MailTests {
  private func courier(
    _ people: People, login: (username: String, password: String)? = nil, trusting certificates: String? = nil,
    scheme: String = "smtp", _ change: (inout MailServer) -> Void = { _ in }
  ) throws -> MailCourier {
    var server = try #require(
      MailServer(
        url: "\(scheme)://127.0.0.1:\(people.smtpPort)", login: login, certificates: certificates))
    change(&server)
    let sender = try #require(MailAddress("Lead queue, Büro <queue@leads.example.org>"))
    return MailCourier(server: server, from: sender, to: try #require(MailAddress("boss@example.org")))
  }

  private func failure(_ body: () async throws -> Void) async -> CourierFailure? {
    do {
      try await body()
      return nil
    } catch {
      return error as? CourierFailure
    }
  }

  @Test("A message arrives as it was written, whatever stands in it, and nothing in it becomes a header")
  func arrives() async throws {
    let people = try await People()
    try await courier(people).send(letter())
    let mails = try people.mails()
    let mail = try #require(mails.first)
    #expect(mails.count == 1)
    #expect(mail.from == "queue@leads.example.org" && mail.to == ["boss@example.org"])
    #expect(mail.subject == "[lead-queue] " + awkward.title)
    let lines = awkward.lines + ["", "-- ", "lead-queue, store abc. What is open: lead-queue alerts"]
    #expect(mail.text == lines.joined(separator: "\n") + "\n")
    #expect(mail.headers["bcc"] == nil)
    #expect(mail.headers["from"] == "\"Lead queue, Büro\" <queue@leads.example.org>")
    #expect(mail.headers["to"] == "boss@example.org")
    #expect(mail.headers["date"] == "Mon, 21 Sep 2026 14:13:20 +0000")
    #expect(mail.headers["message-id"] == "<notify-7.store-1@leads.example.org>")
    #expect(mail.headers["auto-submitted"] == "auto-generated")
    // Over the wire: lines of CR LF, none longer than RFC 5322 asks for, nothing but ASCII.
    #expect(mail.raw.hasSuffix("\r\n"))
    let wire = mail.raw.components(separatedBy: "\r\n")
    #expect(wire.allSatisfy { $0.utf8.count <= 78 && !$0.contains("\n") && !$0.contains("\r") })
    #expect(mail.raw.utf8.allSatisfy { $0 < 0x80 })
  }

  @Test("With STARTTLS and a login the message is encrypted, and sent by whom the server knows")
  func startTLS() async throws {
    let people = try await People(encryption: .startTLS, login: ("mailer", "s3cr3t"))
    let login = (username: "mailer", password: "s3cr3t")
    try await courier(people, login: login, trusting: people.certificate) { $0.requiresTLS = true }.send(letter())
    let mail = try #require(try people.mails().first)
    #expect(mail.isEncrypted)
    #expect(mail.user == "mailer")
  }

  @Test("By smtps:// it is encrypted from the first byte")
  func implicitTLS() async throws {
    let people = try await People(encryption: .implicit)
    try await courier(people, trusting: people.certificate, scheme: "smtps").send(letter())
    #expect(try people.mails().map(\.isEncrypted) == [true])
  }

  @Test("A server that offers no encryption gets neither login nor message, unless it is this machine")
  func withoutTLS() async throws {
    let people = try await People(login: ("mailer", "s3cr3t"))
    let login = (username: "mailer", password: "s3cr3t")
    let found = await failure { try await courier(people, login: login) { $0.requiresTLS = true }.send(letter()) }
    #expect(found == .unreachable("the mail server offers no TLS, without which nothing is sent to it"))
    #expect(try people.mails().isEmpty)
    try await courier(people, login: login).send(letter())
    #expect(try people.mails().map(\.user) == ["mailer"])
    let hosts = ["smtp://mail.example.org:587", "smtp://127.0.0.1.example.org", "smtp://[::1]:25", "smtp://localhost"]
    #expect(hosts.map { MailServer(url: $0)?.requiresTLS } == [true, true, false, false])
  }

  @Test("A certificate that nobody vouches for is not believed")
  func unknownCertificate() async throws {
    let people = try await People(encryption: .startTLS)
    guard case .unreachable = await failure({ try await courier(people).send(letter()) }) else {
      Issue.record("it is believed")
      return
    }
    #expect(try people.mails().isEmpty)
  }

  @Test(
    "A wrong password, a server that is down and one that is busy may be mended; a refusal is final; no text tells a secret"
  )
  func failures() async throws {
    let people = try await People(encryption: .startTLS, login: ("mailer", "s3cr3t"))
    let wrong = try courier(people, login: ("mailer", "Wr0ng-Pass"), trusting: people.certificate)
    let right = try courier(people, login: ("mailer", "s3cr3t"), trusting: people.certificate)
    let denied = await failure { try await wrong.send(letter()) }
    #expect(denied == .unreachable("the mail server refuses the login (LEAD_SMTP_USERNAME, LEAD_SMTP_PASSWORD)"))
    try people.answerMail("451 come again later")
    let busy = await failure { try await right.send(letter()) }
    guard case .unreachable = busy else {
      Issue.record("\(busy as Any)")
      return
    }
    try people.answerMail("554 no such thing for s3cr3t")
    #expect(await failure { try await right.send(letter()) } == .refused("the mail server refuses the message (554)"))
    let closed = try LoopbackListener()
    let port = closed.port
    closed.shutDown()
    let server = try #require(MailServer(url: "smtp://127.0.0.1:\(port)"))
    let address = try #require(MailAddress("a@example.org"))
    guard
      case .unreachable = await failure({
        try await MailCourier(server: server, from: address, to: address).send(letter())
      })
    else {
      Issue.record("it is reached")
      return
    }
  }

  @Test(
    "Only an address is an address",
    arguments: [
      ("a@example.org", true), ("A B <a@example.org>", true), ("\"A, B\" <a@b>", true), ("", false), ("a", false),
      ("a@b@c", false), ("a@b>\r\nRCPT TO:<c@d", false), ("a@b\r\nBcc: c@d", false), ("<a@b> c@d", false),
      ("A <a@b", false), ("a b@c", false), ("ä@b", false), ("a@b;c@d", false), ("a@b,c@d", false),
    ])
  func addresses(text: String, isOne: Bool) {
    #expect((MailAddress(text) != nil) == isOne)
  }

  @Test(
    "Only the URL of a mail server is one, and holds no login",
    arguments: [
      ("smtp://h", true), ("smtps://h:465", true), ("SMTP://H:25/", true), ("http://h", false), ("smtp://", false),
      ("smtp://u:p@h", false), ("smtp://u@h", false), ("h:25", false), ("smtp://h:0", false), ("smtp://h/x", false),
      ("smtp://h?x", false),
    ])
  func urls(text: String, isOne: Bool) {
    #expect((MailServer(url: text) != nil) == isOne)
  }
}
