import Foundation
import TestSupport
import Testing

/// When in an upload of three batches of ten a process is killed.
enum KillMoment: String, Sendable, CaseIterable {
  /// The intent of the first request is committed; the CRM may have the request or not.
  case intended
  /// The CRM has committed the first batch and not answered yet.
  case committed
  /// The first batch is written down, the second is on its way.
  case betweenBatches
  /// The second request lies unread in the CRM's socket, and is read after the death of its sender.
  case unread
  /// The answer to the second request was lost, and what became of it is being looked for.
  case lookingBack
}

@Suite("After kill -9")
struct KillTests {
  /// 30 leads in three batches, a third of them without npi, and a CRM that takes half a second for each batch.
  private func prepare(_ site: Site) throws {
    try site.configure(
      need: 30, batchSize: 10, ["worker.lease_seconds": "3", "crm.request_timeout_seconds": "2"])
    try site.write(InventedLead.file(InventedLead.leads(0..<30, withoutNPIEvery: 3)), to: "config/leads.json")
  }

  private static func arguments(_ moment: KillMoment) -> [String] {
    ["--leads", "0", "--pace", "20"] + (moment == .lookingBack ? ["--fault", "drop@2"] : [])
  }

  /// Waits for the moment and kills the program there.
  private func kill(_ program: RunningProgram, at moment: KillMoment, _ site: Site, _ crm: DemoCRM) async throws {
    let sql: String
    switch moment {
    case .intended: sql = "SELECT count(*) FROM ledger WHERE entry = 'intended'"
    case .betweenBatches, .unread: sql = "SELECT count(*) >= 10 FROM batch_lead WHERE state = 'created'"
    case .lookingBack: sql = "SELECT count(*) FROM ledger WHERE entry = 'unknown'"
    case .committed:
      try await eventually("the CRM has rows", else: { site.everythingSaid }) { try crm.uploadedCount > 0 }
      program.send(SIGKILL)
      return
    }
    try await eventually("the moment \(moment)", else: { site.everythingSaid }) { try site.number(sql) > 0 }
    if moment == .unread {
      crm.program.send(SIGSTOP)
      let intended = "SELECT count(*) FROM ledger WHERE entry = 'intended'"
      try await eventually("another request is sent", else: { site.everythingSaid }) { try site.number(intended) > 1 }
    }
    program.send(SIGKILL)
    _ = try await program.exit()
    crm.program.send(SIGCONT)
  }

  private func requireAllThirty(_ site: Site, _ crm: DemoCRM) async throws {
    try await eventually("all 30 leads are settled", within: .seconds(60), else: { site.everythingSaid }) {
      try site.number("SELECT count(*) FROM batch_lead WHERE state = 'created'") >= 30
    }
    let books = try site.requireBooksMatchCRM()
    #expect(books.created.count == 30)
    #expect(books.selected == 30)
    #expect(try await crm.statistics().rows_committed == 30)
    try await site.requireVerified()
  }

  @Test(
    "D1, D3: a worker killed in mid-batch: another one finishes, nothing twice, nothing lost, the counters right",
    arguments: Monitoring.allCases, KillMoment.allCases)
  func worker(_ monitoring: Monitoring, _ moment: KillMoment) async throws {
    try await Site.with(monitoring, crm: Self.arguments(moment)) { site, crm in
      try prepare(site)
      let first = try site.worker()
      let scheduler = try site.scheduler(["--interval", "60"])
      try await kill(first, at: moment, site, crm)
      #expect(try await first.exit() == 128 + SIGKILL)
      try site.worker()
      try await requireAllThirty(site, crm)
      scheduler.send(SIGTERM)
      #expect(try await scheduler.exit() == 0)
    }
  }

  @Test(
    "D1: a scheduler killed in mid-batch: the workers finish without it, and the next one finds nothing to do",
    .onEachEngine)
  func scheduler() async throws {
    try await Site.with(.sql, crm: Self.arguments(.intended)) { site, crm in
      try prepare(site)
      try site.worker()
      let scheduler = try site.scheduler(["--interval", "60"])
      try await kill(scheduler, at: .intended, site, crm)
      try await requireAllThirty(site, crm)
      let next = try await site.once()
      #expect(next.last == "Lead levels sufficient, no upload needed")
      #expect(next.status == 0)
      #expect(try site.texts("SELECT state FROM cycle ORDER BY id") == ["failed", "done"])
      try site.requireBooksMatchCRM()
    }
  }

  @Test(
    "D1, D3: a scheduler that works alone, killed in mid-batch and started again, finishes what it began",
    arguments: [KillMoment.committed, .betweenBatches, .lookingBack])
  func alone(_ moment: KillMoment) async throws {
    try await Site.with(.api, crm: Self.arguments(moment)) { site, crm in
      try prepare(site)
      let first = try site.start("lead-scheduler", ["--mode", "once", "--config", Site.configuration])
      try await kill(first, at: moment, site, crm)
      // The next one sees that it is dead, and waits for its batches before it plans.
      #expect(try await site.once().status == 0)
      try await requireAllThirty(site, crm)
    }
  }

  @Test("the last worker killed in mid-batch: a --mode once that waits for it takes over by itself")
  func lastWorker() async throws {
    try await Site.with(.api, crm: Self.arguments(.betweenBatches)) { site, crm in
      try prepare(site)
      let worker = try site.worker()
      try await site.workerStarted()
      let once = try site.start("lead-scheduler", ["--mode", "once", "--config", Site.configuration])
      try await kill(worker, at: .betweenBatches, site, crm)
      #expect(try await once.exit() == 0)
      try await requireAllThirty(site, crm)
    }
  }

  @Test("a worker killed while it reads a source: the file is read again, and no lead is lost or doubled")
  func whileReading() async throws {
    try await Site.with(.sql) { site, crm in
      try site.configure(need: 30, batchSize: 30, ["worker.lease_seconds": "3", "crm.request_timeout_seconds": "2"])
      try site.write(InventedLead.file(InventedLead.leads(0..<8000)), to: "config/leads.json")
      let first = try site.worker()
      try site.scheduler(["--interval", "60"])
      try await eventually("the source is half read", else: { site.everythingSaid }) {
        try site.number("SELECT count(*) FROM lead") > 0
      }
      first.send(SIGKILL)
      try site.worker()
      try await eventually("the leads are up", within: .seconds(40), else: { site.everythingSaid }) {
        try site.number("SELECT count(*) FROM batch_lead WHERE state = 'created'") == 30
      }
      try site.requireBooksMatchCRM()
      #expect(try site.number("SELECT count(*) FROM lead") == 8000)
      #expect(try site.texts("SELECT state || ' ' || usable FROM source") == ["read 8000"])
    }
  }
}
