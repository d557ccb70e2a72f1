import Database
import Foundation
import TestSupport
import Testing

@Suite("Moving a store from its file to a server")
struct PromotionTests {
  private static let file = "data/lead-queue.db"
  /// Where the copying transaction can be made to die; see `CrashPoints`.
  private static let transaction = "lead_queue/Promotion.move(_:_:to:)"

  /// A site with `leads` in its catalog, 30 of them uploaded, and an empty database.
  private func with(leads: Int = 60, _ body: (Site, DemoCRM, TestPostgres) async throws -> Void) async throws {
    let database = try TestPostgres()
    let result: Result<Void, any Error>
    do {
      try await Site.with(.api) { site, crm in
        try configure(site, need: 30)
        try site.write(InventedLead.file(InventedLead.leads(0..<leads, withoutNPIEvery: 3)), to: "config/leads.json")
        let first = try await site.once()
        #expect(first.last == "Automated upload complete: 30 leads uploaded, 0 duplicates, 0 errors", "\(first.errors)")
        try await body(site, crm, database)
      }
      result = .success(())
    } catch {
      result = .failure(error)
    }
    try database.drop()
    try result.get()
  }

  private func configure(_ site: Site, need: Int) throws {
    try site.configure(
      need: need, batchSize: 10,
      [
        "upload_controls.max_daily_uploads": "40", "upload_controls.min_time_between_uploads_hours": "1",
        "crm.read_back_grace_seconds": "0.2",
      ])
  }

  private func queue(
    _ site: Site, _ words: [String], environment: [String: String?] = [:]
  ) async throws -> Site.Ended {
    try await site.run("lead-queue", words + ["--config", Site.configuration], environment: environment)
  }

  private func promote(
    _ site: Site, to database: TestPostgres, _ words: [String] = [], environment: [String: String?] = [:]
  ) async throws -> Site.Ended {
    try await queue(
      site, ["promote", database.url, "--reason", "a second machine"] + words, environment: environment)
  }

  private func number(_ sql: String, in database: TestPostgres) throws -> Int {
    try TestPostgres.connect(database.url).first(sql, []) { $0.optionalInt(0) ?? 0 } ?? 0
  }

  /// The programs take the file for what it is: theirs.
  private func requireFileInUse(_ site: Site) async throws {
    let ended = try await queue(site, ["verify", "--offline"])
    #expect(ended.status == 0, "\(ended.output)\(ended.errors)")
  }

  /// The programs refuse the file, and say `words`.
  private func requireFileClosed(_ site: Site, _ words: String) async throws {
    for (name, arguments) in [("lead-scheduler", ["--mode", "once"]), ("lead-worker", []), ("lead-queue", ["stats"])] {
      let ended = try await site.run(name, arguments + ["--config", Site.configuration])
      #expect(ended.status == 78, "\(name): \(ended.errors)")
      #expect(ended.errors.contains(words), "\(ended.errors)")
    }
  }

  @Test(
    "Everything goes on at the new address: cooldown, daily limit, numbers, trail; the file is closed, and can be gone back to"
  )
  func move() async throws {
    try await with { site, crm, database in
      let before = try Data(contentsOf: URL(fileURLWithPath: site.storePath))
      let jobs = try site.number("SELECT max(id) FROM job")
      let entries = try site.number("SELECT entry_id FROM audit_head")
      let moved = try await promote(site, to: database)
      #expect(moved.status == 0, "\(moved.errors)")
      #expect(moved.output.contains("the audit trail is whole: \(entries) entries"), "\(moved.output)")
      try await requireFileClosed(site, "was moved to postgresql://")
      #expect(try Data(contentsOf: URL(fileURLWithPath: site.storePath)).count >= before.count)
      let again = try await promote(site, to: database)
      #expect(again.status == 0, "\(again.errors)")
      #expect(again.output.contains("already"), "\(again.output)")

      site.set("LEAD_STORE", database.url)
      try configure(site, need: 60)
      #expect(try await site.once().last == "Upload blocked: Must wait 60 minutes")
      #expect(try await queue(site, ["cooldown", "clear", "--reason", "for the test"]).status == 0)
      #expect(
        try await site.once().last == "Automated upload complete: 10 leads uploaded, 0 duplicates, 0 errors",
        "30 of the day's 40 were used before")
      #expect(try crm.uploadedCount == 40)
      try await site.requireVerified()
      #expect(try number("SELECT count(*) FROM lead_queue.job WHERE id <= \(jobs)", in: database) > 0)
      #expect(try number("SELECT max(id) FROM lead_queue.job", in: database) > jobs)
      let list = try await queue(site, ["audit", "list", "--action", "store_promoted", "--format", "json"])
      #expect(list.output.contains("a second machine"))
      #expect(try number("SELECT count(*) FROM lead_queue.audit WHERE action = 'store_promoted'", in: database) == 1)
      let resting = "SELECT count(*) FROM pg_trigger WHERE NOT tgisinternal AND tgenabled = 'D'"
      #expect(try number(resting, in: database) == 0, "no trigger was left at rest")

      // Back, without the ten that went up meanwhile: the CRM knows them.
      site.set("LEAD_STORE", nil)
      try FileManager.default.removeItem(atPath: site.storePath + ".moved")
      let back = try await queue(site, ["restore", "--put-back", "--reason", "back to one machine"])
      #expect(back.status == 0, "\(back.errors)")
      #expect(back.output.contains("The CRM holds 10 leads that were uploaded after the backup"), "\(back.output)")
      try site.requireBooksMatchCRM()
      try await site.requireVerified()
    }
  }

  @Test("In a schema of another name than the default, the way on names LEAD_STORE_SCHEMA too")
  func otherSchema() async throws {
    try await with { site, _, database in
      let moved = try await promote(site, to: database, environment: ["LEAD_STORE_SCHEMA": "leads_of_one"])
      #expect(moved.status == 0, "\(moved.errors)")
      #expect(
        moved.output.contains("Set LEAD_STORE to the new address, and LEAD_STORE_SCHEMA to leads_of_one."),
        "\(moved.output)")
      site.set("LEAD_STORE", database.url)
      site.set("LEAD_STORE_SCHEMA", "leads_of_one")
      try await site.requireVerified()
    }
  }

  @Test(
    "Killed before the copy, before the commit, after it: the next attempt finishes, and never do both places go on",
    arguments: ["begun", "written", "committed"])
  func killedAt(_ moment: String) async throws {
    try await with { site, crm, database in
      let killed = try await promote(
        site, to: database, environment: ["LEAD_CRASH_AT": "\(Self.transaction):\(moment)"])
      #expect(killed.status == 128 + SIGKILL, "\(killed.output)\(killed.errors)")
      let arrived = try number("SELECT count(*) FROM lead_queue.lead", in: database)
      #expect(arrived == (moment == "committed" ? 60 : 0))
      if moment == "begun" {
        try await requireFileInUse(site)
      } else {
        try await requireFileClosed(site, "Run the same `lead-queue promote` again")
      }
      let again = try await promote(site, to: database)
      #expect(again.status == 0, "\(again.errors)")
      #expect(again.output.contains("already") == (moment == "committed"), "\(again.output)")
      try await requireFileClosed(site, "was moved to postgresql://")
      site.set("LEAD_STORE", database.url)
      try await site.requireVerified()
      #expect(try number("SELECT count(*) FROM lead_queue.audit WHERE action = 'store_promoted'", in: database) == 1)
    }
  }

  @Test("Killed in the middle of the copy: nothing of it stays, the file works, and the next attempt moves everything")
  func killedInTheMiddle() async throws {
    try await with(leads: 6000) { site, crm, database in
      let program = try site.start(
        "lead-queue", ["promote", database.url, "--reason", "a second machine", "--config", Site.configuration])
      let copying = """
        SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'INSERT INTO "%'
        """
      try await eventually("rows are under way", else: { program.errors }) {
        try number(copying, in: database) > 0
      }
      program.send(SIGKILL)
      #expect(try await program.exit() == 128 + SIGKILL)
      try await eventually("the server has noticed") { try number(copying, in: database) == 0 }
      #expect(try number("SELECT count(*) FROM lead_queue.lead", in: database) == 0)
      try await requireFileInUse(site)
      let again = try await promote(site, to: database)
      #expect(again.status == 0, "\(again.errors)")
      #expect(try number("SELECT count(*) FROM lead_queue.lead", in: database) == 6000)
      site.set("LEAD_STORE", database.url)
      try await site.requireVerified()
    }
  }

  @Test("A server with another store, something else, or another state of this one is refused; the file works on")
  func wrongServer() async throws {
    try await with { site, crm, database in
      #expect(try await queue(site, ["migrate"], environment: ["LEAD_STORE": database.url]).status == 0)
      let other = try await promote(site, to: database)
      #expect(other.status == 78)
      #expect(other.errors.contains("holds another store"), "\(other.errors)")
      try await requireFileInUse(site)

      let schema = ["LEAD_STORE_SCHEMA": "mine"]
      #expect(try await promote(site, to: database, environment: schema).status == 0)
      try FileManager.default.removeItem(atPath: site.storePath + ".moved")
      #expect(try await queue(site, ["cooldown", "clear", "--reason", "the file goes on"]).status == 0)
      let older = try await promote(site, to: database, environment: schema)
      #expect(older.status == 78)
      #expect(older.errors.contains("at another time"), "\(older.errors)")
      try await requireFileInUse(site)

      // A queue without leads: rows, and no identity.
      try TestPostgres.connect(database.url).execute("DELETE FROM lead_queue.store_identity")
      let occupied = try await promote(site, to: database)
      #expect(occupied.status == 78)
      #expect(occupied.errors.contains("is not empty: there are rows in queue"), "\(occupied.errors)")
      try await requireFileInUse(site)
    }
  }

  @Test("A password in the URL, no server, a store that is on a server already, no file: refused by their exit codes")
  func wrongWords() async throws {
    try await Site.alone { site in
      try site.configure([:])
      let reason = ["--reason", "a test"]
      for (words, environment, status) in [
        (["promote", "postgresql://me:s3cr3t@127.0.0.1:1/leads"], [:], 64),
        (["promote"], [:], 64), (["promote", "data/other.db"], [:], 64),
        (["promote"], ["LEAD_STORE": "postgresql://127.0.0.1:1/leads"], 64),
        (["promote", "postgresql://127.0.0.1:1/leads"], [:], 78),
      ] as [([String], [String: String?], Int32)] {
        let ended = try await queue(site, words + reason, environment: environment)
        #expect(ended.status == status, "\(words) \(ended.errors)")
        #expect(!(ended.errors + ended.output).contains("s3cr3t"))
      }
      #expect(try await queue(site, ["migrate"]).status == 0)
      let unreachable = try await queue(site, ["promote", "postgresql://127.0.0.1:1/leads"] + reason)
      #expect(unreachable.status == 69, "\(unreachable.errors)")
      #expect(try await queue(site, ["stats"]).status == 0)
    }
  }

  @Test("A store in use is refused by the processes' names; --drain asks them to end, and the URL may stand in a file")
  func inUse() async throws {
    try await with { site, crm, database in
      let worker = try site.worker()
      try await site.workerStarted()
      let refused = try await promote(site, to: database)
      #expect(refused.status == 75)
      #expect(refused.errors.contains("process \(worker.pid) (lead-worker)"), "\(refused.errors)")
      #expect(worker.status == nil, "it works on")
      try await requireFileInUse(site)
      let url = try site.write(database.url + "\n", to: "config/url")
      let moved = try await queue(
        site, ["promote", "--store", Self.file, "--drain", "--reason", "a second machine"],
        environment: ["LEAD_STORE_FILE": url])
      #expect(moved.status == 0, "\(moved.errors)")
      #expect(try await worker.exit() == 0)
      try await requireFileClosed(site, "was moved to postgresql://")
      site.set("LEAD_STORE", database.url)
      try await site.requireVerified()
    }
  }
}
