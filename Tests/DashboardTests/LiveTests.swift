import Dashboard
import Database
import LeadStore
import TestSupport
import Testing

@Suite("Live", .onEachEngine)
struct LiveTests {
  private func open(_ visit: Visit) async throws -> (wire: Wire, head: String) {
    let wire = try Wire(port: visit.port)
    wire.send("GET /events HTTP/1.1\r\nHost: localhost\r\n\r\n")
    return (wire, try await wire.read { $0.contains("data: ") || $0.contains("Too many") })
  }

  @Test("a change in the store reaches an open page at the next look, twice a second, and not with the next renewal")
  func change() async throws {
    try await Visit.with(DashboardSettings(port: 0), prepare: Visit.furnish) { visit in
      let (wire, head) = try await open(visit)
      #expect(head.contains("200") && head.lowercased().contains("content-type: text/event-stream"))
      // The first look at the store after the first visitor came counts as a change.
      _ = try await wire.read { $0.contains("event: mark") }
      let clock = ContinuousClock()
      // What two waits of half a second take here and now, beside it: on a loaded machine longer than a second.
      async let yardstick = clock.measure { for _ in 0..<2 { try await Task.sleep(for: .milliseconds(500)) } }
      let elapsed = try await clock.measure {
        try await visit.store.write(.process) {
          try AuditTable.append(.cycleStarted, subject: "cycle 8", actor: "test", now: Visit.start, in: $0)
        }
        _ = try await wire.read { $0.contains("event: mark") }
      }
      let second = try await yardstick
      // The renewal comes after ten seconds.
      #expect(elapsed < second * 5, "\(elapsed), while a second took \(second)")
    }
  }

  @Test("there are only so many streams, and one that closes makes room")
  func limit() async throws {
    var settings = DashboardSettings(port: 0)
    settings.streamsMax = 1
    settings.pulse = .milliseconds(20)
    try await Visit.with(settings) { visit in
      do {
        let first = try await open(visit)
        #expect(first.head.contains("200"))
        #expect(try await open(visit).head.contains("503"))
      }
      // Who has gone is noticed at the next message.
      var head = ""
      for _ in 0..<200 where !head.contains("200") {
        try await visit.store.write {
          try AuditTable.append(.cycleStarted, subject: "cycle 9", actor: "test", now: Visit.start, in: $0)
        }
        head = try await open(visit).head
      }
      #expect(head.contains("200"))
    }
  }

  @Test("ending the dashboard ends open streams")
  func end() async throws {
    try await Visit.with(DashboardSettings(port: 0)) { visit in
      let (wire, _) = try await open(visit)
      try await visit.end()
      // Reads to the end, which comes.
      _ = try await wire.read()
    }
  }
}
