import Database
import JobQueue
import TestSupport
import Testing

@Suite(.serialized) struct SchemaTieTests {
  /// The words between the parentheses of `COLUMN IN (…)` in a table's own text, in its first CHECK on that column.
  private func checked(_ column: String, of table: String) async throws -> [String] {
    let queue = try await QueueStore()
    let sql = try await queue.store.read {
      try $0.first("SELECT sql FROM sqlite_schema WHERE type = 'table' AND name = $1", [.text(table)]) { $0.text(0) }
    }
    let check = try Regex("CHECK \\(\(column) IN \\(([^)]*)\\)", as: (Substring, Substring).self)
    let match = try #require(sql?.firstMatch(of: check))
    return match.output.1.matches(of: /'([^']+)'/).map { String($0.1) }
  }

  @Test("The states of a job are those that the schema allows")
  func states() async throws {
    #expect(try await checked("state", of: "job") == JobState.allCases.map(\.rawValue))
  }

  @Test("The transitions of a job are those that the schema allows")
  func transitions() async throws {
    #expect(try await checked("transition", of: "job_event") == JobTransition.allCases.map(\.rawValue))
  }

  @Test("The unfinished states are those in which a unique key holds")
  func unfinished() async throws {
    let queue = try await QueueStore()
    let sql = try await queue.store.read {
      try $0.first("SELECT sql FROM sqlite_schema WHERE name = 'job_unique_key'") { $0.text(0) }
    }
    let states = try #require(sql).matches(of: /'([^']+)'/).map { String($0.1) }
    #expect(states == JobState.allCases.filter(\.isUnfinished).map(\.rawValue))
  }

  @Test(
    "The schema itself refuses impossible jobs", .onEachEngine,
    arguments: [
      "UPDATE job SET attempt = attempt - 1",
      "UPDATE job SET failures = attempt + 1",
      "UPDATE job SET state = 'running'",
      "UPDATE job SET lease_expires_at = NULL",
      "UPDATE job SET state = 'available'",
      "UPDATE job SET state = 'succeeded', lease_expires_at = NULL",
      "UPDATE job SET priority = priority + 1",
      "UPDATE job SET worker_id = NULL",
      "UPDATE job SET worker_id = 'nobody'",
      "UPDATE job SET queue = 'nowhere'",
      "UPDATE job SET state = 'available', lease_expires_at = NULL, cancel_requested_at = 1",
      "UPDATE job SET run_at = 'soon'",
    ])
  func impossible(sql: String) async throws {
    let queue = try await QueueStore()
    try await queue.write { transaction in
      _ = try transaction.enqueue()
      _ = try transaction.leaseOne()
      #expect(throws: DatabaseError.self) { try transaction.attempt { try transaction.run(sql) } }
    }
  }
}
