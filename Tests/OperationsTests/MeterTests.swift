import Alerts
import CoreMetrics
import LeadStore
import Leads
import TestSupport
import Testing
import Timekeeping

@testable import Connectors
@testable import Database
@testable import JobQueue
@testable import Operations
@testable import Replenishment
@testable import Telemetry

@Suite("Everything that measures, and the catalog of what is measured")
struct MeterTests {
  private static let kinds = ["monitor", "import", "upload", "cycle", "notify"]

  /// Makes every meter of the programs, as they do, and lets each say everything that it can.
  private static func measureEverything() throws {
    let pool = try #require(PoolMeters(kinds: kinds.map { ServedKind($0) }))
    for kind in kinds {
      pool.leased(kind)
      pool.began(kind)
      pool.finished(kind, after: .milliseconds(3))
      for end in PoolMeters.End.allCases { pool.ended(kind, end) }
    }
    let store = try #require(StoreMeters())
    store.retried()
    store.ended(.success(1), after: .milliseconds(1))
    for error: any Error in [DatabaseError.busy("/home/jane/store.db", waited: .zero), CancellationError()] {
      store.ended(Result<Int, any Error>.failure(error), after: .milliseconds(1))
    }
    let address = try #require(CRMAddress("http://crm.example:8006"))
    let settings = CRMClientSettings(address: address, login: nil, database: nil)
    let requests = try #require(RequestMeters(settings))
    for path in [settings.loginPath, settings.healthPath, settings.leadsPath, settings.bulkPath, "/leads/jane-doe"] {
      for end in RequestMeters.End.allCases {
        let request = HTTPRequest(
          url: address.url(path, query: "npi=1234567893"), connectTimeout: .seconds(1), totalTimeout: .seconds(1))
        requests.ended(request, end, after: .seconds(1))
      }
    }
    let work = ReplenishmentMeters()
    for decision in CycleDecision.allCases { work.cycle(decision, took: .seconds(1)) }
    work.settled(DailyCount(day: "", created: 1, duplicates: 2, rejected: 3), released: 4)
    work.unanswered(5)
    for failure: CourierFailure in [
      .notConfigured("no"), .unreachable("jane@example.org"), .busy(retryAfter: .zero), .refused("jane@example.org"),
    ] {
      for channel in AlertChannel.allCases { work.message(channel, failure) }
    }
    for channel in AlertChannel.allCases { work.message(channel, .sent) }
    work.source(.read, SourceRow.Counts(records: 6, usable: 3, repeated: 2, rejected: 1))
    work.source(.missing)
    work.source(.unreadable)
  }

  private static func lines() throws -> [Substring] {
    let registry = MetricsRegistry(MetricCatalog.all)
    try withMetricsFactory(registry) { try measureEverything() }
    var text = MetricsText()
    registry.tell([], to: &text)
    return text.text.split(separator: "\n")
  }

  @Test("every metric of the catalog is measured, under labels that it lists")
  func complete() throws {
    let lines = try Self.lines()
    for description in MetricCatalog.all {
      #expect(lines.contains { $0.hasPrefix("# TYPE \(description.name) ") }, "\(description.name)")
    }
    #expect(lines.filter { $0.contains("=\"other\"") && !$0.contains("request=\"other\"") } == [])
  }

  @Test("the series of a process are few, and none names a person, a number, a file or an address")
  func bounded() throws {
    let lines = try Self.lines().filter { !$0.hasPrefix("#") }
    #expect(lines.count < 500)
    #expect(
      lines.filter { line in ["jane", "1234567893", "crm.example", "store.db"].contains { line.contains($0) } } == [])
    for line in lines {
      for match in line.matches(of: /([a-z_]+)="([^"]*)"/) where match.1 != "le" {
        #expect(match.2.wholeMatch(of: /[a-z_]+/) != nil, "\(line)")
      }
    }
  }

  @Test("names are the house's, counters end in total, and times in seconds")
  func names() {
    for description in MetricCatalog.all {
      #expect(description.name.wholeMatch(of: /lead_queue_[a-z_]+[a-z]/) != nil, "\(description.name)")
      #expect((description.kind == .counter) == description.name.hasSuffix("_total"), "\(description.name)")
      if case .histogram(let bounds) = description.kind {
        #expect(description.name.hasSuffix("_seconds") && bounds == Set(bounds).sorted(), "\(description.name)")
      }
    }
    #expect(Set(MetricCatalog.all.map(\.name)).count == MetricCatalog.all.count)
  }

  @Test("where nobody measures there are no meters, and nothing that would look at a clock")
  func nobody() throws {
    try withMetricsFactory(NOOPMetricsHandler.instance) {
      #expect(PoolMeters(kinds: [ServedKind("upload")]) == nil)
      #expect(StoreMeters() == nil)
      let address = try #require(CRMAddress("http://crm.example:8006"))
      #expect(RequestMeters(CRMClientSettings(address: address, login: nil, database: nil)) == nil)
    }
  }

  @Test(
    "an attempt counts as what became of its job",
    arguments: [
      (Outcome.succeeded(result: nil), JobState.succeeded, PoolMeters.End.succeeded),
      (.retry(after: .zero, because: ""), .waiting, .retried), (.retry(after: .zero, because: ""), .dead, .dead),
      (.retry(after: .zero, because: ""), .available, .retried), (.discard(because: ""), .dead, .dead),
      (.discard(because: ""), .cancelled, .cancelled), (.succeeded(result: nil), nil, .leaseLost),
      (.holdOff(destination: "x", for: .zero, because: ""), .waiting, .heldOff),
      (.snooze(until: Timestamp(milliseconds: 0), because: ""), .waiting, .snoozed),
    ] as [(Outcome, JobState?, PoolMeters.End)])
  func ends(outcome: Outcome, state: JobState?, end: PoolMeters.End) {
    #expect(PoolMeters.End(outcome, state) == end)
  }
}
