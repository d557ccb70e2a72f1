import Dashboard
import Database
import JobQueue
import LeadStore
import TestSupport
import Testing

@Suite("Signed in", .onEachEngine)
struct SessionTests {
  private func guarded(_ body: (Visit) async throws -> Void) async throws {
    try await Visit.with(DashboardSettings(port: 0, token: Visit.token), prepare: Visit.furnish, body)
  }

  @Test("the token opens a session by a cookie that scripts and other sites cannot use; signing out ends it")
  func session() async throws {
    try await guarded { visit in
      let answer = try await visit.ask("POST", "/sign-in", form: ["name": "ada", "token": Visit.token])
      #expect(answer.status == 303)
      let cookie = answer.headers["set-cookie"] ?? ""
      #expect(cookie.contains("HttpOnly") && cookie.contains("SameSite=Strict") && cookie.contains("Path=/"))
      #expect(!cookie.contains("Secure"), "it would not come back over plain HTTP")
      let behindProxy = try await visit.ask(
        "POST", "/sign-in", headers: ["X-Forwarded-Proto": "https"], form: ["name": "ada", "token": Visit.token])
      #expect(behindProxy.headers["set-cookie"]?.contains("Secure") == true)
      let signedIn = try await visit.signIn()
      let page = try await visit.ask("GET", "/", headers: ["Cookie": "other=1; " + signedIn.cookie])
      #expect(page.status == 200 && page.body.contains("77") && page.body.contains("ada"))
      // Forms make the browser name their origin.
      #expect(page.headers["referrer-policy"] == "same-origin")
      let out = try await visit.ask(
        "POST", "/sign-out", headers: ["Cookie": signedIn.cookie], form: ["form_token": signedIn.formToken])
      #expect(out.status == 303)
      #expect(try await visit.ask("GET", "/", headers: ["Cookie": signedIn.cookie]).status == 303)
    }
  }

  @Test("a wrong token opens nothing, and after five of them a minute must pass, also for the right one")
  func attempts() async throws {
    try await guarded { visit in
      for _ in 0..<5 {
        let answer = try await visit.ask("POST", "/sign-in", form: ["name": "eve", "token": "a guess of some length"])
        #expect(answer.status == 401 && answer.headers["set-cookie"] == nil)
      }
      let right = try await visit.ask("POST", "/sign-in", form: ["name": "eve", "token": Visit.token])
      #expect(right.status == 429 && right.headers["retry-after"] == "60" && right.headers["set-cookie"] == nil)
      let bearer = try await visit.ask("GET", "/", headers: ["Authorization": "Bearer \(Visit.token)"])
      #expect(bearer.status == 429)
    }
  }

  @Test("nobody signs in without a name, since changes are recorded under it")
  func nameless() async throws {
    try await guarded { visit in
      for name in ["", "  ", "a\nb", String(repeating: "x", count: 61)] {
        let answer = try await visit.ask("POST", "/sign-in", form: ["name": name, "token": Visit.token])
        #expect(answer.status == 400 && answer.headers["set-cookie"] == nil)
      }
    }
  }

  @Test("a job is retried with the form's token and a reason, and the audit trail names who and why")
  func retry() async throws {
    try await guarded { visit in
      let (cookie, formToken) = try await visit.signIn(name: "ada")
      #expect(formToken.count == 64)
      let page = try await visit.ask("GET", "/jobs/1", headers: ["Cookie": cookie])
      #expect(page.body.contains(#"action="/jobs/1/retry""#))
      let answer = try await visit.ask(
        "POST", "/jobs/1/retry", headers: ["Cookie": cookie, "Origin": "http://localhost"],
        form: ["form_token": formToken, "reason": "the CRM is back"])
      #expect(answer.status == 200 && answer.body.contains("Job 1 was retried"))
      let (state, entry) = try await visit.store.read { transaction in
        (
          try JobTable.find(1, in: transaction)?.state,
          try AuditTable.latest(.init(action: .jobRetried), limit: 1, in: transaction).first
        )
      }
      #expect(state == .available)
      #expect(entry?.actor == "ada (dashboard)" && entry?.subject == "job 1")
      #expect(entry?.detail.contains(#""reason":"the CRM is back""#) == true)
      let again = try await visit.ask(
        "POST", "/jobs/1/retry", headers: ["Cookie": cookie], form: ["form_token": formToken, "reason": "once more"])
      #expect(again.status == 409 && again.body.contains("Nothing was changed"))
    }
  }

  @Test("a queue is paused and resumed, each audited")
  func pauses() async throws {
    try await guarded { visit in
      let (cookie, formToken) = try await visit.signIn()
      for (path, queue) in [("/queue/resume", "upload"), ("/queue/pause", "default")] {
        let answer = try await visit.ask(
          "POST", path, headers: ["Cookie": cookie],
          form: ["form_token": formToken, "reason": "a test", "queue": queue])
        #expect(answer.status == 200, "\(path)")
      }
      let (paused, actions) = try await visit.store.read { transaction in
        (
          try PauseTable.list(in: transaction).map(\.name),
          try AuditTable.latest(.init(actor: "ada (dashboard)"), limit: 9, in: transaction).map(\.action)
        )
      }
      #expect(paused == ["default"])
      #expect(actions == ["queue_resumed", "queue_paused"])
    }
  }

  @Test("without the form's token, from another site, or without a reason nothing is changed")
  func forgery() async throws {
    try await guarded { visit in
      let (cookie, formToken) = try await visit.signIn()
      let right = ["form_token": formToken, "reason": "because"]
      let attempts: [(status: Int, headers: [String: String], form: [String: String])] = [
        (403, [:], ["reason": "because"]), (403, [:], ["form_token": "", "reason": "because"]),
        (403, [:], ["form_token": String(formToken.dropLast()) + "x", "reason": "because"]),
        (403, ["Origin": "http://evil.example"], right), (403, ["Origin": "null"], right),
        (403, ["Origin": "http://localhost:1"], right), (403, ["Sec-Fetch-Site": "cross-site"], right),
        (403, ["Sec-Fetch-Site": "same-site"], right), (400, [:], ["form_token": formToken]),
        (400, [:], ["form_token": formToken, "reason": "   "]),
        (400, [:], ["form_token": formToken, "reason": String(repeating: "x", count: 501)]),
      ]
      for attempt in attempts {
        let headers = attempt.headers.merging(["Cookie": cookie]) { $1 }
        let answer = try await visit.ask("POST", "/jobs/1/retry", headers: headers, form: attempt.form)
        #expect(answer.status == attempt.status, "\(attempt)")
      }
      // The token of one visitor does not work for another.
      let other = try await visit.signIn(name: "bob")
      let answer = try await visit.ask("POST", "/jobs/1/retry", headers: ["Cookie": other.cookie], form: right)
      #expect(answer.status == 403)
      #expect(try await visit.store.read { try JobTable.find(1, in: $0)?.state } == .cancelled)
    }
  }

  @Test("a program reads with the token in its header, and finds no form")
  func program() async throws {
    try await guarded { visit in
      let page = try await visit.ask("GET", "/jobs/1", headers: ["Authorization": "bearer \(Visit.token)"])
      #expect(page.status == 200 && !page.body.contains("form_token"))
    }
  }
}
