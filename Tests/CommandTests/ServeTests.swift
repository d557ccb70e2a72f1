import Foundation
import Testing

@Suite("The web dashboard as a program")
struct ServeTests {
  private func address(_ program: RunningProgram) throws -> String {
    try #require(program.output.firstMatch(of: /http:\/\/127\.0\.0\.1:[0-9]+/)).output.description
  }

  /// As a first cycle without a CRM leaves it. No server listens on port 9 of this machine.
  private func makeStore(_ site: Site) async throws {
    let scheduler = try site.start(
      "lead-scheduler", ["--mode", "once"], environment: ["LEAD_CRM_URL": "http://127.0.0.1:9"])
    #expect(try await scheduler.exit() == 69)
  }

  @Test("it listens on this machine, tells where, answers, and ends at a signal")
  func serves() async throws {
    try await Site.alone { site in
      try await makeStore(site)
      let program = try site.start("lead-queue", ["serve", "--port", "0"])
      try await program.says("Dashboard: http://127.0.0.1:")
      let ready = try await LoopbackClient.request("GET", try address(program) + "/readyz")
      #expect(String(decoding: ready, as: UTF8.self).contains("ready"))
      let metrics = String(
        decoding: try await LoopbackClient.request("GET", try address(program) + "/metrics"), as: UTF8.self)
      #expect(metrics.contains("lead_queue_workers_alive 0\n"), "what stands in the store")
      #expect(
        metrics.contains(#"lead_queue_store_transactions_total{process="dashboard",result="busy"} 0"# + "\n"),
        "what the process measures of itself")
      program.send(SIGTERM)
      #expect(try await program.exit() == 0)
    }
  }

  @Test(
    "an address that others reach is refused without a token, and with one that is too short",
    arguments: [nil, "short"] as [String?])
  func refused(token: String?) async throws {
    try await Site.alone { site in
      let program = try site.start(
        "lead-queue", ["serve", "--host", "0.0.0.0", "--port", "0"],
        environment: token.map { ["LEAD_DASHBOARD_TOKEN": $0] } ?? [:])
      #expect(try await program.exit() == 64)
      #expect(program.errors.contains("LEAD_DASHBOARD_TOKEN"))
      #expect(!program.errors.contains("short"))
    }
  }

  @Test("a port that somebody else holds is named, with what to do")
  func heldPort() async throws {
    try await Site.alone { site in
      try await makeStore(site)
      let first = try site.start("lead-queue", ["serve", "--port", "0"])
      try await first.says("Dashboard: http://127.0.0.1:")
      let port = try #require(try address(first).split(separator: ":").last.map(String.init))
      let second = try site.start("lead-queue", ["serve", "--port", port])
      #expect(try await second.exit() == 1)
      #expect(second.errors.contains("Cannot listen on 127.0.0.1:\(port)"))
      first.send(SIGINT)
      #expect(try await first.exit() == 0)
    }
  }
}
