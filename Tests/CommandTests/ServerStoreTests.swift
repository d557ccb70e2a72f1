import Database
import Foundation
import TestSupport
import Testing

@Suite("A store on PostgreSQL", .onPostgreSQL)
struct ServerStoreTests {
  /// How long the server is killed again and again: `LEAD_TEST_RESTART_SECONDS`, by default a part of what was shown once.
  private static let restartSeconds =
    ProcessInfo.processInfo.environment["LEAD_TEST_RESTART_SECONDS"].flatMap { Int($0) } ?? 15

  @Test("A server that is killed every five seconds under load: nothing lost, nothing twice, all go on by themselves")
  func killedServer() async throws {
    let cluster = try PrivateCluster()
    try await TestPostgres.$cluster.withValue(cluster.url) {
      try await Site.with(.api) { site, crm in
        // What the CRM takes in a minute is the limit of 100 requests.
        let limit = Self.restartSeconds * 40
        try site.configure(
          need: 100_000, batchSize: 20,
          [
            "upload_controls.max_upload_per_run": "60", "upload_controls.max_daily_uploads": "\(limit)",
            "monitoring.check_interval_minutes": "0.005", "crm.request_timeout_seconds": "2",
            "crm.read_back_grace_seconds": "0.5", "crm.requests_per_minute": "100", "worker.lease_seconds": "3",
            "worker.backoff_initial_seconds": "0.1", "worker.backoff_max_seconds": "0.5", "worker.max_failures": "20",
          ])
        try site.write(InventedLead.file(InventedLead.leads(0..<(limit + 100))), to: "config/leads.json")
        let programs = try [site.scheduler(), site.worker(), site.worker()]
        try await eventually("uploading", within: .seconds(60), else: { site.everythingSaid }) {
          try crm.uploadedCount > 0
        }
        for _ in 0..<max(1, Self.restartSeconds / 5) {
          try await Task.sleep(for: .seconds(5))
          try cluster.kill()
          try cluster.start()
        }
        try await eventually("the day's limit is reached", within: .seconds(90), else: { site.everythingSaid }) {
          try site.number("SELECT sum(created) FROM daily_counter") >= limit
            && site.number("SELECT count(*) FROM batch WHERE settled_at IS NULL") == 0
        }
        for program in programs { program.send(SIGTERM) }
        for program in programs { #expect(try await program.exit() == 0, "\(program.name) went on by itself") }
        #expect(try crm.uploadedCount == limit)
        try site.requireBooksMatchCRM()
        try await site.requireVerified()
      }
    }
  }

  @Test("Behind a pooler, with store.notify off, everything works, and nothing is kept in sessions")
  func withoutNotices() async throws {
    try await Site.with(.api) { site, _ in
      try site.configure(need: 30, batchSize: 10, ["store.notify": "false"])
      try site.write(InventedLead.file(InventedLead.leads(0..<30)), to: "config/leads.json")
      try site.worker()
      try await site.workerStarted()
      let ended = try await site.once()
      #expect(ended.last == "Automated upload complete: 30 leads uploaded, 0 duplicates, 0 errors", "\(ended.errors)")
      let listening = try site.number(
        """
        SELECT count(*) FROM pg_stat_activity
        WHERE application_name = 'lead-queue doorbell' AND query LIKE '%' || current_schema() || '%'
        """)
      #expect(listening == 0)
      try site.requireBooksMatchCRM()
    }
  }

  @Test("No server, another database, a wrong password: exit code 69 and the reason, without the password")
  func refused() async throws {
    try await Site.alone { site in
      for (url, reason) in [
        ("postgresql://me:s3cr3t@127.0.0.1:1/leads", "is not reachable: Connection refused"),
        (try TestPostgres.naming("nowhere", in: TestPostgres.server()), "the database does not exist"),
      ] {
        let ended = try await site.run("lead-queue", ["stats"], environment: ["LEAD_STORE": url])
        #expect(ended.status == 69, "\(ended.errors)")
        #expect(ended.errors.contains(reason), "\(ended.errors)")
        #expect(!ended.errors.contains("s3cr3t"))
      }
    }
  }

  @Test("A wrong password of the store: every program ends with exit code 69, says so, and names no password")
  func wrongPassword() async throws {
    let cluster = try PrivateCluster()
    try cluster.addRole("leads", password: "r1ghtOne")
    try await TestPostgres.$cluster.withValue(cluster.url) {
      try await Site.alone { site in
        try site.configure(need: 1, batchSize: 1)
        let wrong = cluster.url.replacing("postgresql:///", with: "postgresql://leads:s3cr3t@/")
          .replacing("&user=postgres", with: "")
        for (name, words) in [
          ("lead-queue", ["stats"]), ("lead-queue", ["migrate"]), ("lead-scheduler", ["--mode", "once"]),
          ("lead-scheduler", ["--mode", "continuous"]), ("lead-worker", []),
        ] {
          let ended = try await site.run(
            name, words + ["--config", Site.configuration], environment: ["LEAD_STORE": wrong])
          #expect(ended.status == 69, "\(name) \(words): \(ended.errors)")
          #expect(ended.errors.contains("refused the login: wrong user name or password"), "\(name): \(ended.errors)")
          #expect(!(ended.output + ended.errors).contains("s3cr3t"), "\(name) \(words)")
        }
        let right = wrong.replacing("s3cr3t", with: "r1ghtOne")
        let ended = try await site.run(
          "lead-queue", ["migrate", "--config", Site.configuration], environment: ["LEAD_STORE": right])
        #expect(ended.status == 0, "\(ended.errors)")
      }
    }
  }

  @Test(
    "Told to end while the server is away, or there and silent, the programs end soon after their drain",
    arguments: [SIGKILL, SIGSTOP])
  func endWithoutServer(_ accident: Int32) async throws {
    let cluster = try PrivateCluster()
    try await TestPostgres.$cluster.withValue(cluster.url) {
      try await Site.with(.api) { site, crm in
        try site.configure(
          need: 100_000, batchSize: 20,
          [
            "upload_controls.max_upload_per_run": "60", "monitoring.check_interval_minutes": "0.005",
            "crm.request_timeout_seconds": "2", "worker.lease_seconds": "3", "worker.drain_timeout_seconds": "1",
          ])
        try site.write(InventedLead.file(InventedLead.leads(0..<500)), to: "config/leads.json")
        let programs = try [site.scheduler(), site.worker(), site.worker()]
        try await eventually("uploading", within: .seconds(60), else: { site.everythingSaid }) {
          try crm.uploadedCount > 0
        }
        if accident == SIGKILL { try cluster.kill() } else { try cluster.signal(SIGSTOP) }
        for program in programs { program.send(SIGTERM) }
        // 1 s for the drain, 3 for last words, and what a busy machine takes; a statement alone may last a minute.
        for program in programs { #expect(try await program.exit(within: .seconds(15)) == 0, "\(program.name)") }
        if accident == SIGKILL { try cluster.start() } else { try cluster.signal(SIGCONT) }
      }
    }
  }

  @Test("bench measures the server beside the raw loop, in schemas that it takes away again")
  func bench() async throws {
    try await Site.alone { site in
      let ended = try await site.run(
        "lead-queue",
        [
          "bench", "--jobs", "2000", "--processes", "2", "--only", "enqueue,settle,processes,latency", "--format",
          "json",
        ], within: .seconds(180))
      #expect(ended.status == 0, "\(ended.errors)")
      for name in ["\"settle_batch\"", "\"processes_settle_1\"", "\"processes_settle_2\"", "\"latency_p50\""] {
        #expect(ended.output.contains(name), "\(name)")
      }
      #expect(ended.output.contains("\"postgresql\""))
      let left = try site.texts(
        "SELECT CAST(nspname AS text) FROM pg_namespace WHERE nspname LIKE 'lead_queue_bench_%'")
      #expect(left == [])
    }
  }

  @Test("A backup is PostgreSQL's own affair, and the message says how; a store put back by hand asks the CRM first")
  func putBack() async throws {
    try await Site.with(.api) { site, crm in
      try site.configure(need: 10, batchSize: 10)
      try site.write(InventedLead.file(InventedLead.leads(0..<10)), to: "config/leads.json")
      #expect(try await site.once().status == 0)
      let config = ["--config", Site.configuration]
      let backup = try await site.run("lead-queue", ["backup", "copy.db"] + config)
      #expect(backup.status == 78)
      #expect(backup.errors.contains("pg_dump"), "\(backup.errors)")
      #expect(!FileManager.default.fileExists(atPath: site.folder + "/copy.db"))
      let ended = try await site.run(
        "lead-queue", ["restore", "--put-back", "--reason", "pg_restore after a lost disk"] + config)
      #expect(ended.status == 0, "\(ended.errors)")
      #expect(ended.output.contains("The programs may be started."), "\(ended.output)")
      #expect(try crm.uploadedCount == 10)
      try site.requireBooksMatchCRM()
      try await site.requireVerified()
    }
  }
}
