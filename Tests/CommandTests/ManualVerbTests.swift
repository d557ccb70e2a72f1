import Database
import Foundation
import Testing

@Suite("lead-queue: cancel, retry, pause, resume, why")
struct ManualVerbTests {
  private func queue(_ site: Site, _ words: String...) async throws -> Site.Ended {
    try await site.run("lead-queue", words)
  }

  /// A store with 1,100 waiting monitor jobs (1 to 1,100), a dead one (1,101), and a succeeded one (1,102).
  private func withJobs(_ body: (Site) async throws -> Void) async throws {
    try await Site.alone { site in
      try FileManager.default.createDirectory(atPath: site.folder + "/data", withIntermediateDirectories: true)
      #expect(try await queue(site, "migrate").status == 0)
      let columns = "kind, queue, state, run_at, order_at, payload, max_failures, created_at, settled_at, reason"
      let connection = try SQLiteConnection(path: site.storePath, access: .readWrite)
      // The first command gives the store its queues.
      #expect(try await queue(site, "stats").status == 0)
      try connection.execute(
        """
        WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1100)
        INSERT INTO job (\(columns))
          SELECT 'monitor', 'default', 'waiting', 4e12, 4e12, '{}', 8, 1000, NULL, NULL FROM n;
        INSERT INTO job (\(columns)) VALUES ('import', 'default', 'dead', 1, 1, '{}', 8, 1, 5, 'connection refused');
        INSERT INTO job (\(columns)) VALUES ('import', 'default', 'succeeded', 1, 1, '{}', 8, 1, 5, NULL);
        """)
      try await body(site)
    }
  }

  @Test("A filter without a terminal and without --yes shows what it means, changes nothing, and ends with 64")
  func unasked() async throws {
    try await withJobs { site in
      let ended = try await queue(site, "cancel", "--kind", "monitor", "--reason", "x")
      #expect(ended.status == 64)
      #expect(ended.output.contains("1100"))
      #expect(ended.errors.contains("--yes"))
      #expect(try site.number("SELECT count(*) FROM job WHERE state = 'cancelled'") == 0)
      let dry = try await queue(site, "cancel", "--kind", "monitor", "--reason", "x", "--dry-run", "--yes")
      #expect(dry.status == 0)
      #expect(try site.number("SELECT count(*) FROM job WHERE state = 'cancelled'") == 0)
      #expect(try site.number("SELECT count(*) FROM audit WHERE action LIKE 'job%'") == 0)
    }
  }

  @Test("With --yes all are cancelled, in portions of 500, each an entry of the audit trail with filter, count and ids")
  func portions() async throws {
    try await withJobs { site in
      let ended = try await queue(
        site, "cancel", "--kind", "monitor", "--older-than", "1d", "--reason", "too many", "--yes")
      #expect(ended.status == 0, "\(ended.errors)")
      #expect(ended.last == "1100 jobs cancelled.")
      #expect(try site.number("SELECT count(*) FROM job WHERE state = 'cancelled'") == 1100)
      #expect(try site.number("SELECT count(*) FROM job_event WHERE transition = 'cancelled'") == 1100)
      let audit = try site.texts(
        "SELECT subject || ' ' || detail FROM audit WHERE action = 'jobs_cancelled' ORDER BY id")
      #expect(audit.count == 3)
      #expect(audit[0].hasPrefix("jobs 1 to 500 "))
      #expect(audit[2].hasPrefix("jobs 1001 to 1100 "))
      #expect(audit[2].contains(#""count":100"#) && audit[2].contains(#""reason":"too many""#))
      #expect(audit[2].contains(#""filter":"--kind monitor --older-than 1d""#))
      #expect(try await queue(site, "audit", "verify").status == 0)
    }
  }

  @Test("Named jobs are reported one by one; exit code 1 when none of them could be changed")
  func named() async throws {
    try await withJobs { site in
      let some = try await queue(site, "retry", "1101", "1102", "9999", "--reason", "mended", "--format", "json")
      #expect(some.status == 0)
      let document = try JSONSerialization.jsonObject(with: Data(some.output.utf8)) as? [String: [[String: Any]]]
      let jobs = try #require(document?["jobs"])
      #expect(jobs.map { $0["result"] as? String } == ["retried", "not retried", "not retried"])
      #expect(jobs[1]["note"] as? String == "it succeeded already")
      #expect(jobs[2]["note"] as? String == "there is no job 9999")
      #expect(try site.texts("SELECT subject FROM audit WHERE action = 'job_retried'") == ["job 1101"])
      #expect(try site.texts("SELECT state FROM job WHERE id = 1101") == ["available"])
      let none = try await queue(site, "retry", "1102", "9999", "--reason", "mended")
      #expect(none.status == 1)
    }
  }

  @Test("What is paused is shown by stats, jobs and why until it is resumed; each change is in the audit trail")
  func pause() async throws {
    try await withJobs { site in
      #expect(try await queue(site, "pause", "--queue", "default").status == 64, "a reason is needed")
      #expect(try await queue(site, "pause", "--reason", "x").status == 64, "something to pause is needed")
      let unknown = try await queue(site, "pause", "--queue", "nowhere", "--reason", "x")
      #expect(unknown.status == 1)
      #expect(unknown.errors.contains("The queues of this store are cycle, default, notify, upload."))
      for _ in 0..<2 {
        #expect(try await queue(site, "pause", "--queue", "default", "--reason", "the CRM is down").status == 0)
      }
      for words in [["stats"], ["jobs"], ["why", "1"]] {
        let ended = try await site.run("lead-queue", words)
        #expect(ended.status == 0 && ended.output.contains("the CRM is down"), "\(words)")
      }
      #expect(try await queue(site, "resume", "--queue", "default", "--reason", "it is back").status == 0)
      let again = try await queue(site, "resume", "--queue", "default", "--reason", "it is back")
      #expect(again.status == 0 && again.last == "The queue default is not paused.")
      #expect(try site.number("SELECT count(*) FROM pause") == 0)
      #expect(
        try site.texts("SELECT action || ' ' || subject FROM audit WHERE subject LIKE 'queue %' ORDER BY id") == [
          "queue_paused queue default", "queue_resumed queue default",
        ])
    }
  }

  @Test("why of an id that does not exist says so and ends with 1; of a waiting job it names every rule")
  func why() async throws {
    try await withJobs { site in
      let unknown = try await queue(site, "why", "9999")
      #expect(unknown.status == 1 && unknown.errors.contains("There is no job 9999."))
      let ended = try await queue(site, "why", "1", "--format", "json")
      let document = try JSONSerialization.jsonObject(with: Data(ended.output.utf8)) as? [String: Any]
      let reasons = try #require(document?["reasons"] as? [[String: Any]])
      #expect(reasons.map { $0["rule"] as? String } == ["waiting", "unserved"])
    }
  }
}
