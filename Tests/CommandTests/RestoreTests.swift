import Database
import Foundation
import Testing

@Suite("Backup and restore")
struct RestoreTests {
  private func prepare(_ site: Site, need: Int, _ keys: [String: String] = [:]) throws {
    try site.configure(
      need: need, batchSize: 10,
      ["worker.lease_seconds": "3", "crm.request_timeout_seconds": "2", "crm.read_back_grace_seconds": "0.2"].merging(
        keys
      ) { $1 })
    try site.write(InventedLead.file(InventedLead.leads(0..<60, withoutNPIEvery: 3)), to: "config/leads.json")
  }

  private func queue(_ site: Site, _ words: [String]) async throws -> Site.Ended {
    try await site.run("lead-queue", words + ["--config", Site.configuration])
  }

  private func mode(_ path: String) throws -> Int? {
    try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
  }

  @Test("A backup beside working programs is whole, for its owner only, and replaces nothing unless told so")
  func backup() async throws {
    try await Site.with(.api, crm: ["--leads", "0", "--pace", "40"]) { site, crm in
      try prepare(site, need: 40)
      try site.worker()
      try await site.workerStarted()
      try site.scheduler(["--interval", "60"])
      try await eventually("it is under way", else: { site.everythingSaid }) {
        try site.number("SELECT count(*) FROM ledger WHERE entry = 'intended'") > 0
      }
      let ended = try await queue(site, ["backup", "copy.db"])
      #expect(ended.status == 0, "\(ended.errors)")
      let copy = site.folder + "/copy.db"
      #expect(try mode(copy) == 0o600)
      let offline = try await queue(site, ["verify", "--offline", "--store", "copy.db"])
      #expect(offline.status == 0, "\(offline.output)")
      let before = try Data(contentsOf: URL(fileURLWithPath: copy))
      let again = try await queue(site, ["backup", "copy.db"])
      #expect(again.status == 1)
      #expect(again.errors.contains("copy.db exists already"))
      #expect(try Data(contentsOf: URL(fileURLWithPath: copy)) == before)
      #expect(try await queue(site, ["backup", "copy.db", "--force", "--reason", "daily"]).status == 0)
      let entries = try site.texts("SELECT detail FROM audit WHERE action = 'store_backed_up'")
      #expect(entries.count == 2)
      #expect(entries.last?.contains("daily") == true)
      for own in ["", "-wal", ".gate", ".bell"] {
        let ended = try await queue(site, ["backup", "data/lead-queue.db" + own, "--force"])
        #expect(ended.status == 1)
        #expect(ended.errors.contains("it belongs to the store itself"), "\(own): \(ended.errors)")
      }
      let rest = try FileManager.default.contentsOfDirectory(atPath: site.folder).filter { $0.contains(".part") }
      #expect(rest == [])
    }
  }

  @Test(
    "Leads that went up after the backup are found in the CRM and not sent again, with npi or without; limits count them",
    arguments: Monitoring.allCases)
  func restore(_ monitoring: Monitoring) async throws {
    try await Site.with(monitoring) { site, crm in
      try prepare(site, need: 10)
      #expect(try await site.once().status == 0)
      #expect(try await queue(site, ["backup", "copy.db"]).status == 0)
      try prepare(site, need: 30)
      #expect(try await site.once().last == "Automated upload complete: 20 leads uploaded, 0 duplicates, 0 errors")

      let ended = try await queue(site, ["restore", "copy.db", "--reason", "the disk failed"])
      #expect(ended.status == 0, "\(ended.errors)")
      #expect(ended.output.contains("The CRM holds 20 leads that were uploaded after the backup"), "\(ended.output)")
      #expect(try mode(site.storePath) == 0o600)
      try site.requireBooksMatchCRM()
      try await site.requireVerified()
      #expect(try site.number("SELECT sum(created) FROM daily_counter") == 30)
      let entries = try site.texts(
        "SELECT action || actor || detail FROM audit WHERE action IN ('store_restored', 'store_reconciled')")
      #expect(entries.count == 2)
      #expect(entries.allSatisfy { $0.contains("the disk failed") && !$0.contains("lead-queue") }, "who and why")

      #expect(try await site.once().last == "Lead levels sufficient, no upload needed")
      try prepare(site, need: 45)
      #expect(try await site.once().last == "Automated upload complete: 15 leads uploaded, 0 duplicates, 0 errors")
      #expect(try site.requireBooksMatchCRM().created.count == 45)
      try await site.requireVerified()
      // No marker of a batch that the books forgot is given again.
      #expect(try site.number("SELECT max(id) FROM batch") > 1_000_000_000)
    }
  }

  @Test("A backup from the middle of an upload: what was not sent then may be there now, and is looked for first")
  func openBatches() async throws {
    try await Site.with(.sql, crm: ["--leads", "0", "--pace", "20"]) { site, crm in
      try prepare(site, need: 40)
      let worker = try site.worker()
      try await site.workerStarted()
      let scheduler = try site.scheduler(["--interval", "60"])
      try await eventually("a batch is settled", else: { site.everythingSaid }) {
        try site.number("SELECT count(*) FROM batch WHERE settled_at IS NOT NULL") > 0
      }
      #expect(try await queue(site, ["backup", "copy.db"]).status == 0)
      try await eventually("all is settled", else: { site.everythingSaid }) {
        try site.number("SELECT count(*) FROM batch_lead WHERE state = 'created'") == 40
      }
      let refused = try await queue(site, ["restore", "copy.db", "--reason", "too early"])
      #expect(refused.status == 1)
      #expect(refused.errors.contains("uses the store"), "\(refused.errors)")
      for program in [worker, scheduler] {
        program.send(SIGTERM)
        _ = try await program.exit()
      }

      let ended = try await queue(site, ["restore", "copy.db", "--reason", "a test"])
      #expect(ended.status == 0, "\(ended.errors)")
      #expect(ended.output.contains("may have gone up since"), "\(ended.output)")
      let requests = try await crm.statistics().bulk_requests
      for _ in 1...3 where try await site.once().status != 0 {}
      #expect(try site.requireBooksMatchCRM().created.count == 40)
      try await site.requireVerified()
      #expect(try await crm.statistics().bulk_requests == requests, "all were found, none was sent")
    }
  }

  @Test("While the CRM cannot be asked, a store that was put back stays closed: exit code 78, nothing is sent")
  func closed() async throws {
    try await Site.with(.api) { site, crm in
      try prepare(site, need: 10)
      #expect(try await site.once().status == 0)
      #expect(try await queue(site, ["backup", "copy.db"]).status == 0)
      try prepare(site, need: 20)
      #expect(try await site.once().status == 0)
      crm.program.send(SIGSTOP)
      try prepare(site, need: 30, ["crm.health_timeout_seconds": "1"])
      let ended = try await queue(site, ["restore", "copy.db", "--reason", "a test"])
      #expect(ended.status == 69, "\(ended.output)\(ended.errors)")
      #expect(ended.errors.contains("restore --finish"))
      crm.program.send(SIGCONT)
      for (name, words) in [("lead-scheduler", ["--mode", "once"]), ("lead-worker", [])] {
        let refused = try await site.run(name, words + ["--config", Site.configuration])
        #expect(refused.status == 78)
        #expect(refused.errors.contains("was put back from a backup"), "\(refused.errors)")
      }
      #expect(try crm.uploadedCount == 20)
      #expect(try await queue(site, ["restore", "--finish", "--reason", "the CRM is back"]).status == 0)
      #expect(try await site.once().status == 0)
      #expect(try site.requireBooksMatchCRM().created.count == 30)
      try await site.requireVerified()
    }
  }

  @Test("A file that is no sound copy is refused, and the store stays as it is")
  func unsound() async throws {
    try await Site.with(.api) { site, crm in
      try prepare(site, need: 10)
      #expect(try await site.once().status == 0)
      #expect(try await queue(site, ["backup", "copy.db"]).status == 0)
      let size = try #require(
        try FileManager.default.attributesOfItem(atPath: site.folder + "/copy.db")[.size] as? Int)
      #expect(truncate(site.folder + "/copy.db", size / 2) == 0)
      try site.write(String(repeating: "no store\n", count: 1000), to: "notes.txt")
      for file in ["copy.db", "notes.txt", "missing.db", "data/lead-queue.db"] {
        let ended = try await queue(site, ["restore", file, "--reason", "a test"])
        #expect([1, 78].contains(ended.status), "\(file): \(ended.status) \(ended.errors)")
      }
      try site.requireBooksMatchCRM()
      try await site.requireVerified()
      let rest = try FileManager.default.contentsOfDirectory(atPath: site.folder + "/data")
      #expect(rest.filter { $0.contains("restore-") } == [])
    }
  }
}
