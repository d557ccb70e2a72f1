import Dashboard
import Foundation
import JobQueue
import TestSupport
import Testing

@Suite("Pages over HTTP", .onEachEngine)
struct PageTests {
  private static let paths = [
    "/", "/?range=24h", "/?range=30d", "/cycles", "/cycles/1", "/queue", "/queue?state=cancelled", "/jobs/1", "/audit",
    "/audit?actor=nobody", "/sources",
  ]

  private func furnished(_ body: (Visit) async throws -> Void) async throws {
    try await Visit.with(DashboardSettings(port: 0), prepare: Visit.furnish, body)
  }

  @Test("every page is whole, says what it is, and shows what the store holds")
  func content() async throws {
    try await furnished { visit in
      let expected = [
        "/": [
          "A+ (4 of 10), A (17 of 30) and B (12 of 20) are below the minimum", "77", "minimum 30", "Today’s quota",
          "the text of stock_low &lt;script",
        ],
        "/cycles": ["failed"], "/cycles/1": ["Cycle 1", "4, A 17, B 12"],
        "/queue": ["default", "upload", "paused", "by &lt;script"], "/jobs/1": ["It was cancelled"],
        "/audit": ["cycle started"], "/sources": ["1 new leads are left", "leads-&lt;script"],
      ]
      for (path, texts) in expected {
        let answer = try await visit.ask("GET", path)
        #expect(answer.status == 200, "\(path)")
        for text in texts { #expect(answer.body.contains(text), "\(path) shows \(text)") }
      }
    }
  }

  @Test("landmarks, one heading of the first level, a skip link, captions and scopes stand on every page")
  func structure() async throws {
    try await furnished { visit in
      for path in Self.paths {
        let body = try await visit.ask("GET", path).body
        #expect(body.contains(#"<html lang="en">"#) && body.hasSuffix("</html>\n"), "\(path)")
        #expect(body.ranges(of: "<h1").count == 1, "\(path)")
        for landmark in ["<main id=\"main\"", "<nav aria-label", "<footer", "class=\"skip\" href=\"#main\""] {
          #expect(body.contains(landmark), "\(path) \(landmark)")
        }
        #expect(body.ranges(of: "<table").count == body.ranges(of: "<caption").count, "\(path)")
        let heads = body.matches(of: /<th(?=[ >])[^>]*>/).map { String($0.output) }
        #expect(heads.filter { !$0.contains("scope=") } == [], "\(path)")
        let charts = body.matches(of: /<svg class="chart"[^>]*>/).map { String($0.output) }
        #expect(charts.filter { !$0.contains("aria-label=\"") } == [], "\(path)")
        // A name that stands twice would be renewed wrongly.
        let names = body.matches(of: /\ id="([^"]+)"/).map { String($0.output.1) }
        #expect(names.count == Set(names).count, "\(path)")
        #expect(body.matches(of: /\ data-live/).count <= names.count)
      }
    }
  }

  @Test("what others wrote is shown as text, never as markup")
  func escaping() async throws {
    try await furnished { visit in
      for path in Self.paths {
        let body = try await visit.ask("GET", path).body
        #expect(!body.contains("<script>alert"), "\(path)")
        // The one script is ours, from our address; the policy would refuse others anyway.
        #expect(body.ranges(of: "<script").count == 1, "\(path)")
        #expect(!body.contains(" style=") && !body.contains("javascript:") && !body.contains(" onclick"), "\(path)")
      }
      let search = try await visit.ask("GET", "/audit?actor=%22%3E%3Cscript%3Ealert(1)%3C/script%3E&since=%3Cb%3E")
      #expect(search.status == 200)
      #expect(!search.body.contains("<script>alert") && !search.body.contains("<b>"))
      #expect(search.body.contains("Not understood: since"))
    }
  }

  @Test("nothing of a lead shows on any page")
  func privacy() async throws {
    try await furnished { visit in
      for path in Self.paths + ["/metrics", "/readyz", "/healthz"] {
        let body = try await visit.ask("GET", path).body
        #expect(Visit.privateTexts.filter { body.contains($0) } == [], "\(path)")
      }
    }
  }

  @Test(
    "what does not exist is not found",
    arguments: ["/nothing", "/cycles/999", "/jobs/999", "/jobs/1x", "/jobs/-1", "/jobs/1/retry", "/cycles/1/2"])
  func missing(path: String) async throws {
    try await furnished { visit in
      let answer = try await visit.ask("GET", path)
      #expect(answer.status == 404)
      #expect(answer.body.contains("There is no such page"))
    }
  }

  @Test("an empty store has pages too, which say what to do")
  func empty() async throws {
    try await Visit.with(DashboardSettings(port: 0)) { visit in
      let overview = try await visit.ask("GET", "/").body
      #expect(
        overview.contains("The CRM&#39;s stock has not been read yet")
          || overview.contains("The CRM's stock has not been read yet"))
      for path in ["/cycles", "/queue", "/audit", "/sources"] {
        #expect(try await visit.ask("GET", path).status == 200)
      }
    }
  }

  @Test("every answer carries the headers that keep browsers safe; files of the program may be kept, pages may not")
  func headers() async throws {
    try await furnished { visit in
      for path in ["/", "/healthz", "/metrics", "/nothing", "/assets/dashboard.css", "/assets/dashboard.js"] {
        let answer = try await visit.ask("GET", path)
        let policy = answer.headers["content-security-policy"] ?? ""
        #expect(policy.hasPrefix("default-src 'self';") && policy.contains("frame-ancestors 'none'"), "\(path)")
        #expect(!policy.contains("unsafe"))
        #expect(answer.headers["x-content-type-options"] == "nosniff")
        #expect(answer.headers["referrer-policy"] == "no-referrer")
        #expect(answer.headers["cache-control"]?.contains("no-store") == !path.hasPrefix("/assets/"), "\(path)")
      }
      let head = try await visit.ask("HEAD", "/")
      #expect(head.status == 200 && head.body.isEmpty)
    }
  }

  @Test("the process says that it lives, and that its store answers")
  func health() async throws {
    try await furnished { visit in
      #expect(try await visit.ask("GET", "/healthz").body == "ok\n")
      let ready = try await visit.ask("GET", "/readyz")
      #expect(ready.status == 200 && ready.body == "ready\n")
    }
  }
}
