import Foundation
import TestSupport
import Testing

@Suite("People are told, by the programs and real servers", .onEachEngine)
struct AlertTests {
  private static let alerts = [
    "monitoring.enable_email_alerts": "true", "monitoring.alert_email": "\"boss@example.org\"",
    "monitoring.slack.enabled": "true", "monitoring.alert_on": "[\"stock_low\", \"crm_down\"]",
  ]

  /// What the CRM is short of nobody can supply: the source is empty.
  private func prepare(_ site: Site, _ people: People, minimum: Int) throws {
    let short = [
      "lead_inventory_thresholds.min_priority_leads.A": "\(minimum)",
      "lead_inventory_thresholds.min_priority_leads.A+": "0", "lead_inventory_thresholds.min_priority_leads.B": "0",
      "lead_inventory_thresholds.min_total_leads": "0", "lead_inventory_thresholds.target_total_leads": "100",
    ]
    try site.configure(
      short.merging(Self.alerts) { $1 }.merging(["source_management.source_files": "[\"config/leads.json\"]"]) { $1 })
    try site.write("[]", to: "config/leads.json")
    site.set("LEAD_SMTP_URL", people.smtpURL)
    site.set("LEAD_SMTP_FROM", "Lead queue <queue@example.org>")
    site.set("LEAD_SLACK_WEBHOOK_URL", people.webhookURL)
  }

  @Test("A stock below its minimum: one mail and one Slack message, no second while it lasts, a notice when it is over")
  func life() async throws {
    let people = try await People()
    try await Site.with(.api) { site, _ in
      try prepare(site, people, minimum: 5)
      let worker = try site.worker()
      try await site.workerStarted()
      for _ in 0..<3 { #expect(try await site.once().status == 0) }
      #expect(try people.mails().map(\.subject) == ["[lead-queue] A leads have run out: 0 in stock, the minimum is 5"])
      #expect(try people.slackMessages().count == 1)
      #expect(try people.mails().first?.text.contains("Since") == true)
      let list = try await site.run("lead-queue", ["alerts", "--format", "json", "--config", Site.configuration])
      #expect(list.status == 0 && list.output.contains("\"stock_low\"") && list.output.contains("\"open\""))

      // Nobody wants them any more.
      try prepare(site, people, minimum: 0)
      for _ in 0..<3 { #expect(try await site.once().status == 0) }
      #expect(try people.mails().count == 2 && people.slackMessages().count == 2)
      #expect(try people.mails().last?.subject == "[lead-queue] Over: A leads are at 0, their minimum is 0")
      #expect(try people.slackMessages().last?.sections.contains("Over: A leads are at 0") == true)
      worker.send(SIGTERM)
      #expect(try await worker.exit() == 0)
      for secret in ["s3cr3t-Webh00k", "/services/T0"] { #expect(!site.everythingSaid.contains(secret)) }
      for column in ["reason", "payload", "result"] {
        let kept = try site.texts("SELECT COALESCE(\(column), '') FROM job WHERE kind = 'notify'").joined()
        #expect(!kept.contains("s3cr3t"))
      }
    }
  }

  @Test(
    "With the mail server down for a while none is lost: it comes when the server is back, and Slack had it at once")
  func outage() async throws {
    let people = try await People()
    try await Site.with(.api) { site, _ in
      try prepare(site, people, minimum: 5)
      try people.answerMail("451 not now")
      // No worker: the scheduler sees to it.
      #expect(try await site.once().status == 0)
      #expect(try people.mails().isEmpty)
      #expect(try people.slackMessages().count == 1)
      #expect(try site.number("SELECT count(*) FROM job WHERE kind = 'notify' AND state = 'waiting'") == 1)
      try people.answerMail(nil)
      try site.worker()
      try await eventually("the mail comes", else: { site.everythingSaid }) { try !people.mails().isEmpty }
      try await eventually("the job ends", else: { site.everythingSaid }) {
        try site.number("SELECT count(*) FROM job WHERE kind = 'notify' AND state = 'succeeded'") == 2
      }
      #expect(try people.mails().count == 1 && people.slackMessages().count == 1)
    }
  }

  @Test("A CRM that is down is told by a scheduler that is all alone, once")
  func crmDown() async throws {
    let people = try await People()
    try await Site.alone { site in
      try prepare(site, people, minimum: 5)
      site.set("LEAD_CRM_URL", "http://127.0.0.1:\(try SilentServer.deadPort())")
      #expect(try await site.once().status == 69)
      #expect(try people.mails().map(\.subject).first?.hasPrefix("[lead-queue] The CRM cannot be used: ") == true)
      #expect(try people.slackMessages().count == 1)
      #expect(try await site.once().status == 69)
      #expect(try people.mails().count == 1)
    }
  }
}

@Suite("lead-queue alerts test")
struct AlertsCommandTests {
  private func tried(_ site: Site) async throws -> Site.Ended {
    try await site.run("lead-queue", ["alerts", "test", "--config", Site.configuration])
  }

  @Test("It tries every channel at once, says what happened to each, and ends with what that means")
  func channels() async throws {
    let people = try await People(encryption: .startTLS, login: ("mailer", "s3cr3t-Passw0rd"))
    try await Site.alone { site in
      try site.configure([:])
      #expect(try await tried(site).status == 78)
      try site.configure([
        "monitoring.enable_email_alerts": "true", "monitoring.alert_email": "\"boss@example.org\"",
        "monitoring.slack.enabled": "true",
      ])
      let unset = try await tried(site)
      #expect(unset.status == 78)
      #expect(
        unset.output.contains("LEAD_SMTP_URL is not set") && unset.output.contains("LEAD_SLACK_WEBHOOK_URL is not set"))

      site.set("LEAD_SMTP_URL", people.smtpURL)
      site.set("LEAD_SMTP_USERNAME", "mailer")
      site.set("LEAD_SMTP_PASSWORD", "s3cr3t-Passw0rd")
      site.set("LEAD_SMTP_CA_FILE", try site.write(people.certificate ?? "", to: "ca.pem"))
      site.set("LEAD_SLACK_WEBHOOK_URL", people.webhookURL)
      let sent = try await tried(site)
      #expect(sent.status == 0, "\(sent.output)\(sent.errors)")
      #expect(sent.output.contains("mail") && sent.output.contains("slack") && sent.output.contains("sent"))
      #expect(try people.mails().map(\.isEncrypted) == [true])
      #expect(try people.slackMessages().count == 1)

      try people.answerSlack("404")
      #expect(try await tried(site).status == 1)
      try people.answerSlack(nil)
      site.set("LEAD_SMTP_PASSWORD", "Wr0ng-Pass")
      let denied = try await tried(site)
      #expect(denied.status == 69)
      #expect(denied.output.contains("refuses the login"))
      for secret in ["s3cr3t", "Wr0ng-Pass"] { #expect(!site.everythingSaid.contains(secret)) }
      #expect(!FileManager.default.fileExists(atPath: site.storePath), "it needs no store, and makes none")
    }
  }
}
