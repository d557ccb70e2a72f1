import Dashboard
import Database
import JobQueue
import LeadStore
import TestSupport
import Testing

@Suite("Strangers see nothing and change nothing", .onEachEngine)
struct StrangerTests {
  private func guarded(host: String = "127.0.0.1", _ body: (Visit) async throws -> Void) async throws {
    var settings = DashboardSettings(host: host, port: 0, token: Visit.token, allowedHosts: ["crm.example"])
    settings.requestTimeMax = .milliseconds(400)
    try await Visit.with(settings, prepare: Visit.furnish, body)
  }

  private func state(of job: Int64, _ visit: Visit) async throws -> JobState? {
    try await visit.store.read { try JobTable.find(job, in: $0)?.state }
  }

  @Test("with a token every page leads to the sign-in, and shows nothing of the store")
  func pages() async throws {
    try await guarded { visit in
      for path in ["/", "/cycles", "/cycles/1", "/queue", "/jobs/1", "/audit", "/sources"] {
        let answer = try await visit.ask("GET", path)
        #expect(answer.status == 303 && answer.headers["location"] == "/sign-in", "\(path)")
        #expect(!answer.body.contains("script") && !answer.body.contains("leads"))
      }
      for path in ["/events", "/nothing", "/jobs"] {
        #expect(try await visit.ask("GET", path).status == 401, "\(path)")
      }
      let signIn = try await visit.ask("GET", "/sign-in").body
      #expect(!signIn.contains("/audit") && !signIn.contains("77"))
    }
  }

  @Test("beyond loopback the metrics need the token; health does not")
  func metrics() async throws {
    try await guarded(host: "0.0.0.0") { visit in
      #expect(try await visit.ask("GET", "/metrics").status == 401)
      #expect(try await visit.ask("GET", "/metrics", headers: ["Authorization": "Bearer wrong"]).status == 401)
      let told = try await visit.ask("GET", "/metrics", headers: ["Authorization": "Bearer \(Visit.token)"])
      #expect(told.status == 200 && told.body.contains("lead_queue_workable_leads 77"))
      #expect(try await visit.ask("GET", "/healthz").status == 200)
      #expect(try await visit.ask("GET", "/readyz").status == 200)
    }
    try await guarded { visit in
      let told = try await visit.ask("GET", "/metrics")
      #expect(told.status == 200)
    }
  }

  @Test("changes by strangers, by programs with the token, and without a token on loopback are refused")
  func changes() async throws {
    let form = ["reason": "because", "queue": "upload", "form_token": "guessed"]
    try await guarded { visit in
      for path in ["/jobs/1/retry", "/queue/pause", "/queue/resume", "/sign-out"] {
        #expect(try await visit.ask("POST", path, form: form).status == 401, "\(path)")
        let program = try await visit.ask(
          "POST", path, headers: ["Authorization": "Bearer \(Visit.token)"], form: form)
        #expect(program.status == 401, "\(path)")
      }
      #expect(try await state(of: 1, visit) == .cancelled)
      #expect(try await visit.store.read { try PauseTable.list(in: $0).count } == 1)
    }
    try await Visit.with(DashboardSettings(port: 0), prepare: Visit.furnish) { visit in
      let answer = try await visit.ask("POST", "/jobs/1/retry", form: form)
      #expect(answer.status == 403)
      #expect(answer.body.contains("Changes are switched off") && answer.body.contains("LEAD_DASHBOARD_TOKEN"))
      #expect(try await state(of: 1, visit) == .cancelled)
    }
  }

  @Test("a name that is not its own is not answered, whatever it points to")
  func hostNames() async throws {
    try await guarded { visit in
      for host in [
        "evil.example", "127.0.0.1.evil.example", "localhost.evil.example:80", "crm.example.evil", "10.0.0.1",
      ] {
        let answer = try await visit.ask("GET", "/healthz", host: host)
        #expect(answer.status == 421, "\(host)")
      }
      for host in [
        "localhost", "LOCALHOST:\(visit.port)", "127.0.0.1:80", "[::1]:8080", "crm.example", "CRM.example:443",
      ] {
        let answer = try await visit.ask("GET", "/healthz", host: host)
        #expect(answer.status == 200, "\(host)")
      }
      let nameless = try await visit.ask("GET", "/healthz", host: nil)
      #expect(nameless.status == 421)
    }
  }

  @Test("there is nothing to climb out of")
  func traversal() async throws {
    try await Visit.with(DashboardSettings(port: 0)) { visit in
      for path in [
        "/assets/../../../../etc/passwd", "/assets/%2e%2e/%2e%2e/etc/passwd", "/..%2f..%2fetc%2fpasswd", "//etc/passwd",
        "/assets/", "/assets/dashboard.css/..", "/Assets/dashboard.css", "/assets/dashboard.css%00", "/jobs/../audit",
      ] {
        let answer = try await visit.ask("GET", path)
        #expect([400, 404].contains(answer.status), "\(path)")
        #expect(!answer.body.contains("root:"))
      }
    }
  }

  @Test("requests that are too large are refused, in their head and in their body")
  func oversized() async throws {
    try await guarded { visit in
      let large = String(repeating: "a", count: DashboardSettings.requestBytesMax + 1)
      let body = try await visit.ask("POST", "/sign-in", form: ["name": large])
      #expect(body.status == 413)
      let head = try await visit.ask("GET", "/healthz", headers: ["X-Large": large])
      #expect(head.status != 200)
      let path = try await visit.ask("GET", "/healthz?" + large + large + large + large + large)
      #expect(path.status != 200)
    }
  }

  @Test("other methods are not known")
  func methods() async throws {
    try await guarded { visit in
      for method in ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"] {
        let answer = try await visit.ask(method, "/")
        #expect(answer.status == 405, "\(method)")
      }
    }
  }

  @Test("whoever is slow with the head or the body of a request is cut off")
  func slowness() async throws {
    try await guarded { visit in
      let silent = try Wire(port: visit.port)
      #expect(try await silent.read() == "")
      let head = try Wire(port: visit.port)
      head.send("GET /healthz HTTP/1.1\r\nHost: localhost\r\nX-Slow: ")
      #expect(try await head.read() == "")
      let body = try Wire(port: visit.port)
      body.send("POST /sign-in HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\nname=a")
      #expect(try await body.read().contains("303") == false)
      #expect(try await visit.ask("GET", "/healthz").status == 200)
    }
  }
}
