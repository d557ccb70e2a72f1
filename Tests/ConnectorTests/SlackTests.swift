import Alerts
import Foundation
import TestSupport
import Testing
import Timekeeping

@testable import Connectors

@Suite("Slack, by its webhook")
struct SlackTests {
  private let letter = Letter(
    bulletin: Bulletin(
      kind: .alerts, title: "A+ leads <run> out & more", lines: ["- A+ leads: 4 < 10 & <!channel>", "", "- more"]),
    id: "notify-1.s", madeAt: Timestamp(milliseconds: 0), sender: "lead-queue, store abc")

  private func failure(_ courier: SlackCourier) async -> CourierFailure? {
    do {
      try await courier.send(letter)
      return nil
    } catch {
      return error as? CourierFailure
    }
  }

  @Test("A message arrives in blocks, and nothing in it calls anybody")
  func arrives() async throws {
    let people = try await People()
    try await #require(SlackCourier(webhookURL: people.webhookURL)).send(letter)
    let posts = try people.slackMessages()
    let post = try #require(posts.first)
    #expect(posts.count == 1 && post.type == "application/json")
    #expect(post.path == "/services/T0/B0/s3cr3t-Webh00k")
    #expect(post.message.text == "A+ leads &lt;run&gt; out &amp; more")
    #expect(post.message.blocks.map(\.type) == ["header", "section", "context"])
    #expect(post.message.blocks[0].text?.text == "A+ leads <run> out & more", "plain text has no escapes")
    #expect(post.sections == "- A+ leads: 4 &lt; 10 &amp; &lt;!channel&gt;\n\n- more")
  }

  @Test("However long it is, each block keeps to what Slack takes")
  func long() throws {
    let bulletin = Bulletin(
      kind: .digest, title: String(repeating: "t", count: 500),
      lines: (0..<100).map { "\($0) " + String(repeating: "&", count: 700) })
    let message = SlackMessage(Letter(bulletin: bulletin, id: "", madeAt: letter.madeAt, sender: "s"))
    #expect(message.blocks.count <= 50 + 2)
    #expect(message.blocks.first?.text?.text.count == 150)
    #expect(message.blocks.compactMap(\.text).allSatisfy { $0.text.count <= 3000 })
  }

  @Test("Its answers: busy for as long as it says, refused for good, or to be tried again; none tells the URL")
  func answers() async throws {
    let people = try await People()
    let courier = try #require(SlackCourier(webhookURL: people.webhookURL))
    var found: [CourierFailure?] = []
    for answer in ["429\nRetry-After: 7", "404", "400", "500", "503"] {
      try people.answerSlack(answer)
      found.append(await failure(courier))
    }
    let refusal = "is LEAD_SLACK_WEBHOOK_URL right?"
    #expect(
      found == [
        .busy(retryAfter: .seconds(7)), .refused("Slack refuses the message (404): \(refusal)"),
        .refused("Slack refuses the message (400): \(refusal)"), .unreachable("Slack answered 500"),
        .unreachable("Slack answered 503"),
      ])
    #expect(!found.contains { "\($0 as Any)".contains("s3cr3t") })
    #expect(try people.slackMessages().isEmpty)
  }

  @Test("A webhook that nobody answers at may be mended, and one in the clear is this machine's alone")
  func unreachable() async throws {
    let listener = try LoopbackListener()
    let url = "http://127.0.0.1:\(listener.port)/s3cr3t"
    listener.shutDown()
    guard case .unreachable(let reason) = await failure(try #require(SlackCourier(webhookURL: url))) else {
      Issue.record("it is reached")
      return
    }
    #expect(!reason.contains("s3cr3t"))
    #expect(SlackCourier(webhookURL: "http://hooks.example.org/x") == nil)
    #expect(SlackCourier(webhookURL: "https://hooks.slack.com/services/T/B/x") != nil)
    #expect(SlackCourier(webhookURL: "nonsense") == nil)
  }
}
