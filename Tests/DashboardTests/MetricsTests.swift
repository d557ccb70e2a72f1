import Telemetry
import TestSupport
import Testing

@testable import Dashboard

@Suite("Metrics in the format of Prometheus")
struct MetricsTests {
  /// What a strict reader finds wrong, line by line.
  static func findings(_ text: String) -> [String] {
    guard text.hasSuffix("\n") else { return ["no newline at the end"] }
    var (helped, typed, closed): (Set<String>, [String: String], Set<String>) = ([], [:], [])
    var findings: [String] = []
    var (current, seen): (String, Set<String>) = ("", [])
    for line in text.dropLast().split(separator: "\n", omittingEmptySubsequences: false) {
      if let match = line.wholeMatch(of: /# HELP ([a-zA-Z_:][a-zA-Z0-9_:]*) (.+)/) {
        let name = String(match.1)
        if !helped.insert(name).inserted { findings.append("HELP twice: \(name)") }
      } else if let match = line.wholeMatch(of: /# TYPE ([a-zA-Z_:][a-zA-Z0-9_:]*) (gauge|counter)/) {
        if !current.isEmpty { closed.insert(current) }
        current = String(match.1)
        if typed.updateValue(String(match.2), forKey: current) != nil { findings.append("TYPE twice: \(current)") }
        if !helped.contains(current) { findings.append("no HELP: \(current)") }
      } else if let match = line.wholeMatch(
        of:
          /([a-zA-Z_:][a-zA-Z0-9_:]*)(\{(?:[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\n]|\\\\|\\"|\\n)*",?)*\})? (-?[0-9.e+-]+|NaN|[+-]Inf)/
      ) {
        if match.1 != current { findings.append("not of the metric at hand: \(line)") }
        if closed.contains(String(match.1)) { findings.append("torn apart: \(match.1)") }
        if !seen.insert(String(match.1) + String(match.2 ?? "")).inserted { findings.append("sample twice: \(line)") }
        if match.3 != "NaN", !match.3.hasSuffix("Inf"), Double(match.3) == nil { findings.append("no number: \(line)") }
        if !match.1.hasPrefix("lead_queue_") { findings.append("another's name: \(match.1)") }
      } else {
        findings.append("not understood: \(line)")
      }
    }
    return findings + typed.keys.filter { name in !seen.contains { $0.hasPrefix(name) } }.map { "no sample: \($0)" }
  }

  @Test("what is served is in order, and tells the stock, the minimums, the queues and the limits", .onEachEngine)
  func served() async throws {
    try await Visit.with(DashboardSettings(port: 0), prepare: Visit.furnish) { visit in
      let answer = try await visit.ask("GET", "/metrics")
      #expect(answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8")
      #expect(Self.findings(answer.body) == [])
      for line in [
        #"lead_queue_stock_leads{class="A+"} 4"#, #"lead_queue_stock_minimum_leads{class="A"} 30"#,
        #"lead_queue_stock_target_leads{class="B"} 45"#, "lead_queue_workable_leads 77", "lead_queue_pauses 1",
        "lead_queue_quota_limit_leads 500", #"lead_queue_quota_leads{part="left"} 500"#,
        "lead_queue_cooldown_seconds 0",
        #"lead_queue_recent_cycles{result="failed"} 1"#, #"lead_queue_recent_cycles{result="done"} 0"#,
      ] {
        #expect(answer.body.contains(line + "\n"), "\(line)")
      }
    }
  }

  @Test("hostile labels are escaped, and numbers of every kind written as the format has them")
  func escaping() {
    var metrics = MetricsText()
    metrics.add(
      "lead_queue_a", .gauge, "A help\nof two lines, with a \\.",
      [
        (labels: [("queue", "a\"b\\c\nd}")], value: 1.5), (labels: [("queue", "")], value: .infinity),
        (labels: [("queue", "é 🚀")], value: .nan), (labels: [("queue", "x"), ("state", "y")], value: -3),
      ])
    metrics.add("lead_queue_b", .counter, "Large.", 1e15)
    metrics.add("lead_queue_c", .gauge, "Not known.", nil as Double?)
    metrics.add("lead_queue_d", .gauge, "None.", [])
    #expect(Self.findings(metrics.text) == [])
    #expect(metrics.text.contains(#"lead_queue_a{queue="a\"b\\c\nd}"} 1.5"# + "\n"))
    #expect(metrics.text.contains(#"{queue=""} +Inf"#) && metrics.text.contains(#"{queue="x",state="y"} -3"# + "\n"))
    #expect(metrics.text.contains(#"# HELP lead_queue_a A help\nof two lines, with a \\."#))
    #expect(!metrics.text.contains("lead_queue_c") && !metrics.text.contains("lead_queue_d"))
  }

  @Test(
    "the strict reader is strict",
    arguments: [
      "lead_queue_a 1\n", "# HELP lead_queue_a x\n# TYPE lead_queue_a gauge\nlead_queue_a one\n",
      "# HELP lead_queue_a x\n# TYPE lead_queue_a gauge\nlead_queue_a 1\nlead_queue_a 1\n",
      "# HELP lead_queue_a x\n# TYPE lead_queue_a gauge\nlead_queue_a{q=\"a\"b\"} 1\n",
      "# HELP lead_queue_a x\n# TYPE lead_queue_a gauge\nlead_queue_a 1", "\n",
    ])
  func strictness(text: String) {
    #expect(Self.findings(text) != [])
  }
}
