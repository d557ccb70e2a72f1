import Database
import Foundation

/// A small history that reaches some of the write transactions of the programs. Together the episodes reach all of them.
struct CrashEpisode: Sendable {
  let name: String
  /// What goes wrong with the CRM.
  var faults: [String] = []
  /// Of the source file, and how many of them no CRM takes.
  var leads = 24
  var poisoned = 0
  /// What the CRM lacks, and how many leads go in one request.
  var need = 16
  var batchSize = 8
  /// What the CRM holds before.
  var stock = 0
  var configuration: [String: String] = [:]
  /// Before anybody may die.
  var prepare: @Sendable (CrashStage) async throws -> Void = { _ in }
  /// The part in which programs may die.
  let act: @Sendable (CrashStage) async throws -> Void

  /// Runs it with these variables for the programs that may die, up to its end. Returns whether one died, and what is
  /// wrong.
  func run(variables: (_ folder: String) -> [String: String]) async throws -> (isReached: Bool, findings: [String]) {
    let arguments = ["--leads", "\(stock)", "--retry-after", "1", "--requests-per-minute", "0"]
    return try await Site.with(.api, crm: arguments + faults.flatMap { ["--fault", $0] }) { site, crm in
      try site.configure(need: need, batchSize: batchSize, Self.quick.merging(configuration) { $1 })
      // Few without npi: where a request was lost each of them goes alone, and the budget of requests makes them wait.
      try site.write(InventedLead.file(InventedLead.leads(0..<leads, withoutNPIEvery: 11)), to: "config/leads.json")
      let stage = CrashStage(site, crm, variables: variables(site.folder))
      do {
        try await prepare(stage)
        try await act(stage)
        try await stage.conclude(leads: leads, poisoned: poisoned)
      } catch let error as NeverHappened {
        return (stage.isReached, stage.findings + ["\(error)"])
      }
      return (stage.isReached, stage.findings)
    }
  }

  private static let quick = [
    "crm.request_timeout_seconds": "2", "crm.read_back_grace_seconds": "0.1", "crm.health_timeout_seconds": "4",
    "worker.lease_seconds": "3", "worker.backoff_initial_seconds": "0.1", "worker.backoff_max_seconds": "0.2",
    "crm.requests_per_minute": "100",
  ]

  /// The path of an upload first: where a point is reached in several episodes, it is tested in the first.
  static let all = [upload, restart, refusedLogin, restored, hands, lostLimit, deadWorker, clockSetBack, service]

  /// One scheduler that does everything itself: a lost reply, a 429, a request that never arrived, a row that is invalid, one
  /// that makes the CRM roll back.
  static let upload = CrashEpisode(
    name: "upload", faults: ["drop@1", "s429@2", "close@4"], poisoned: 2, need: 10, batchSize: 5,
    prepare: { try await poison($0.site) },
    act: { try await $0.run("lead-scheduler", ["--mode", "once"]) })

  /// A store that is there already, with an upload that its scheduler did not live to see.
  static let restart = CrashEpisode(
    name: "restart", faults: ["drop@1"],
    prepare: { stage in
      let dying = ["LEAD_CRASH_AT": "request:POST /api/v1/leads/bulk:answered"].mapValues(Optional.some)
      _ = try await stage.site.once(environment: dying)
    },
    act: { stage in
      try await stage.run("lead-scheduler", ["--mode", "once"])
      try await stage.run("lead-scheduler", ["plan"])
    })

  /// A backup is made, more goes up, and the backup is put back.
  static let restored = CrashEpisode(
    name: "restored",
    prepare: { stage in _ = try await stage.site.once() },
    act: { stage in
      // As often as it takes: a backup that was made before the death is there already.
      try await stage.run("lead-queue", ["backup", "copy.db"], again: [1])
      let file = stage.site.folder + "/" + Site.configuration
      let text = try String(contentsOfFile: file, encoding: .utf8)
      try stage.site.write(text.replacing("total_leads\": 16", with: "total_leads\": 21"), to: Site.configuration)
      _ = try await stage.site.once()
      try await stage.run("lead-queue", ["restore", "copy.db", "--reason", "a test"])
    })

  /// The login is refused: the cycle gives its reading up.
  static let refusedLogin = CrashEpisode(
    name: "refused login",
    act: { stage in
      try await stage.run(
        "lead-scheduler", ["--mode", "once"], environment: ["LEAD_CRM_PASSWORD": "wrong"], expected: [69])
    })

  /// A worker whose configuration allows less than the scheduler planned.
  static let lostLimit = CrashEpisode(
    name: "lost limit",
    act: { stage in
      let text = try String(contentsOfFile: stage.site.folder + "/" + Site.configuration, encoding: .utf8)
      try stage.site.write(
        text.replacing("\"max_daily_uploads\": 10000", with: "\"max_daily_uploads\": 10"), to: "config/low.json")
      try stage.start("lead-worker", ["--config", "config/low.json"])
      try await stage.site.workerStarted()
      try stage.start("lead-scheduler", ["--mode", "continuous", "--interval", "60"])
      try await stage.until("all batches are settled") {
        try stage.site.number("SELECT count(*) FROM batch WHERE settled_at IS NOT NULL") == 2
      }
      try await stage.stop()
    })

  /// A worker dies with a job; another one has it run again.
  static let deadWorker = CrashEpisode(
    name: "dead worker", faults: ["hang@1"],
    act: { stage in
      let site = stage.site
      let first = try site.worker()
      try await site.workerStarted()
      let scheduler = try site.scheduler(["--interval", "60"])
      try await eventually("a request is sent", else: { site.everythingSaid }) {
        try site.number("SELECT count(*) FROM ledger WHERE entry = 'intended'") > 0
      }
      first.send(SIGKILL)
      _ = try await first.exit()
      try stage.start("lead-worker")
      try await stage.until("all batches are settled") {
        try site.number("SELECT count(*) FROM batch WHERE settled_at IS NOT NULL") == 2
      }
      try await stage.stop()
      scheduler.send(SIGKILL)
      _ = try await scheduler.exit()
    })

  /// Leads were not found in the CRM, and their time to wait begins anew since the clock was set back.
  static let clockSetBack = CrashEpisode(
    name: "clock set back", faults: ["close@1"],
    prepare: { stage in
      let dying = ["LEAD_CRASH_AT": "Replenishment/UploadAttempt.readBack(_:):committed"].mapValues(Optional.some)
      _ = try await stage.site.once(environment: dying)
    },
    act: { stage in
      let past = Date(timeIntervalSinceNow: -3600).formatted(.iso8601)
      try await stage.run("lead-scheduler", ["--mode", "once"], environment: ["LEAD_NOW": past])
    })

  /// Scheduler and worker as services, long enough for heartbeats, maintenance and the signs of life of a cycle.
  static let service = CrashEpisode(
    name: "service", faults: ["hang@1"],
    configuration: [
      "crm.request_timeout_seconds": "6", "worker.lease_seconds": "9", "monitoring.check_interval_minutes": "0.02",
    ],
    act: { stage in
      try stage.start("lead-worker")
      try await stage.site.workerStarted()
      try stage.start("lead-scheduler", ["--mode", "continuous"])
      try await stage.until("all batches are settled, and both roles were kept for a while") {
        try stage.site.number("SELECT count(*) FROM tick") >= 3
          && stage.site.number("SELECT count(*) FROM batch WHERE settled_at IS NOT NULL") >= 2
          && stage.site.number("SELECT count(*) FROM leadership WHERE name = 'maintenance'") == 1
      }
      try await stage.stop()
    })

  /// Makes one row invalid (422) and one that the CRM cannot import (500), as the source would never let them in.
  private static func poison(_ site: Site) async throws {
    _ = try await site.run("lead-queue", ["migrate", "--config", Site.configuration])
    let connection = try SQLiteConnection(path: site.storePath, access: .readWrite)
    for (number, wrong) in [(3, "80.5"), (2, "3000000000")] {
      let score = InventedLead.leads(number..<(number + 1))[0].score
      for (index, moment) in ["INSERT", "UPDATE OF body"].enumerated() {
        try connection.execute(
          """
          CREATE TRIGGER poison_\(number)_\(index) AFTER \(moment) ON lead
            WHEN instr(new.body, '"Invented Practice \(number)"') > 0
          BEGIN
            UPDATE lead SET body = replace(body, '"score":\(score)', '"score":\(wrong)') WHERE id = new.id;
          END
          """)
      }
    }
  }
}

extension CrashEpisode {
  /// Everything that people do with `lead-queue`.
  static let hands = CrashEpisode(
    name: "hands", stock: 60,
    prepare: { stage in
      let site = stage.site
      _ = try await site.once()
      // Most of what was there is gone: the next reading is held.
      try stage.crm.keepOnly(10)
      _ = try await site.once()
      try site.write("{\"uploaded_leads\": [\"\(InventedLead.npi(177_777_777))\"]}", to: "tracking.json")
      try site.enqueueQuestions(3)
    },
    act: { stage in
      let question = try stage.site.number("SELECT min(id) FROM job WHERE unique_key LIKE 'question %'")
      let crm = stage.crm.baseURL
      let commands = [
        ["migrate"], ["import-tracking", "tracking.json"], ["pause", "--queue", "default"],
        ["resume", "--queue", "default"], ["cancel", "\(question)"], ["retry", "\(question)"],
        ["cancel", "--kind", "monitor", "--yes"], ["retry", "--kind", "monitor", "--yes"], ["accept-stock"],
        ["cooldown", "clear"], ["rebind-crm", "http://127.0.0.1:9"], ["rebind-crm", crm],
        ["audit", "verify"],
      ]
      for words in commands {
        let reason = words == ["migrate"] || words.first == "audit" ? [] : ["--reason", "a test"]
        try await stage.run("lead-queue", words + reason, again: [1])
      }
    })
}
