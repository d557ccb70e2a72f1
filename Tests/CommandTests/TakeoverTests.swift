import Database
import Foundation
import TestSupport
import Testing

@Suite("Two schedulers and one schedule")
struct TakeoverTests {
  /// A tick as `lead-queue schedules --ticks` lists it.
  private struct Tick: Decodable, Equatable {
    var at: String
    var outcome: String
    var job_id: Int?
    var term: Int
  }

  private struct Ticks: Decodable {
    var ticks: [Tick]
  }

  /// 0.02 minutes.
  private static let interval = 1200

  /// A leader, one that stands by, and a worker; the CRM has what it needs.
  private func withTwo(_ body: (Site, _ leader: RunningProgram, _ other: RunningProgram) async throws -> Void)
    async throws
  {
    try await Site.with(.api, crm: ["--leads", "20"]) { site, crm in
      try site.configure(need: 10, batchSize: 10)
      try site.write(InventedLead.file(InventedLead.leads(0..<10)), to: "config/leads.json")
      try site.worker()
      try await site.workerStarted()
      let leader = try site.scheduler(["--interval", "0.02"])
      try await ticks(2, ofTerm: 1, site)
      let other = try site.scheduler(["--interval", "0.02"])
      try await eventually("the other one stands by", else: { site.everythingSaid }) {
        site.log.components(separatedBy: "scheduler started").count == 3
      }
      try await ticks(4, ofTerm: 1, site)
      try await body(site, leader, other)
    }
  }

  private func ticks(_ count: Int, ofTerm term: Int, _ site: Site) async throws {
    try await eventually("\(count) ticks of term \(term)", else: { site.everythingSaid }) {
      try site.number("SELECT count(*) FROM tick WHERE term = \(term)") >= count
    }
  }

  /// Every due time from the first to the last is accounted for, once, in terms that never fall, and each cycle's job comes
  /// from a tick of its own.
  private func requireEveryTickOnce(_ site: Site) async throws {
    let due = try site.store { try $0.query("SELECT at FROM tick ORDER BY at") { $0.int(0) } }
    #expect(zip(due, due.dropFirst()).allSatisfy { $1 - $0 == Self.interval }, "\(due)")
    let ended = try await site.run(
      "lead-queue",
      [
        "schedules", "--ticks", "replenishment", "--limit", "1000", "--format", "json", "--config", Site.configuration,
      ])
    #expect(ended.status == 0, "\(ended.errors)")
    let shown = try JSONDecoder().decode(Ticks.self, from: Data(ended.output.utf8)).ticks
    #expect(shown.count == due.count)
    #expect(Set(shown.map(\.at)).count == shown.count, "a tick is there twice")
    // Newest first.
    #expect(shown.map(\.term) == shown.map(\.term).sorted(by: >))
    let jobs = shown.compactMap(\.job_id)
    #expect(Set(jobs).count == jobs.count && jobs.count == shown.count { $0.outcome == "enqueued" })
    #expect(try site.number("SELECT count(*) FROM job WHERE kind = 'cycle'") == jobs.count)
    let pairs = "SELECT count(*) FROM tick JOIN job ON job.id = tick.job_id AND job.kind = 'cycle'"
    #expect(try site.number(pairs) == jobs.count)
  }

  private func end(_ programs: RunningProgram...) async throws {
    for program in programs {
      program.send(SIGTERM)
      #expect(try await program.exit(within: .seconds(15)) == 0)
    }
  }

  @Test(
    "The leader is killed: the one that stands by takes over within a few seconds, no tick twice, none missing",
    .onEachEngine)
  func killed() async throws {
    try await withTwo { site, leader, other in
      leader.send(SIGKILL)
      #expect(try await leader.exit() == 128 + SIGKILL)
      let start = ContinuousClock.now
      try await eventually("the role is taken", else: { site.everythingSaid }) {
        try site.number("SELECT term FROM leadership WHERE name = 'scheduler'") == 2
      }
      // It looks once a second; the role's own lease would last for twenty.
      #expect(ContinuousClock.now - start < .seconds(5))
      try await ticks(3, ofTerm: 2, site)
      try await end(other)
      try await requireEveryTickOnce(site)
    }
  }

  @Test("The leader is suspended until another one leads, then goes on: no tick twice, none missing")
  func suspended() async throws {
    try await withTwo { site, leader, other in
      // Not while it runs a cycle: that would hold the next ones up for the cycle's lease.
      try await site.suspend(leader) { connection in
        try connection.first("SELECT count(*) FROM job WHERE state IN ('leased', 'available')") { $0.int(0) } == 0
      }
      // As if it had stood still for the twenty seconds of the role's lease.
      try SQLiteConnection(path: site.storePath, access: .readWrite).execute("UPDATE leadership SET expires_at = 1")
      try await ticks(2, ofTerm: 2, site)

      leader.send(SIGCONT)
      try await eventually("the former leader sees it", else: { site.everythingSaid }) {
        site.log.contains("another process took the role") || site.log.contains("Term 1 of the role scheduler is over")
      }
      let count = try site.number("SELECT count(*) FROM tick WHERE term = 2")
      try await ticks(count + 2, ofTerm: 2, site)
      #expect(try site.number("SELECT term FROM leadership WHERE name = 'scheduler'") == 2)
      let holder = try await site.run("lead-queue", ["schedules", "--config", Site.configuration])
      #expect(holder.output.contains("process \(other.pid)"), "\(holder.output)")
      try await end(other, leader)
      try await requireEveryTickOnce(site)
    }
  }
}
