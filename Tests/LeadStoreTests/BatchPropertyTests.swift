import Database
import JobQueue
import LeadStore
import Leads
import TestSupport
import Testing
import Timekeeping

/// Random uploads over several days: the counters are at every moment what a recount of the leads gives.
@Suite(.serialized, .onEachEngine) struct BatchPropertyTests {
  @Test("Counters, states and the catalog agree after every step", arguments: 0..<12)
  func countersAgree(seed: UInt64) async throws {
    let fixture = try await Fixture()
    try await fixture.write { transaction in
      for number in 0..<60 { try transaction.put(.numbered(number, score: 60 + number % 40)) }
    }
    var run = Run(fixture: fixture, random: SeededGenerator(seed: seed))
    for _ in 0..<80 {
      try await run.step()
      try await run.check()
    }
  }

  private struct Run {
    typealias Batch = (id: Int64, lease: Lease)

    let fixture: Fixture
    var random: SeededGenerator
    var day = 2
    var batches: [Batch] = []
    /// The daily limit of the whole run.
    static let dailyLimit = 12

    var today: String { "2026-03-\(day < 10 ? "0" : "")\(day)" }

    mutating func step() async throws {
      switch Int.random(in: 0..<10, using: &random) {
      case 0: day += 1
      case 1, 2: try await create()
      case 3, 4, 5: try await intend()
      default: try await resolve()
      }
    }

    private mutating func create() async throws {
      let (today, wanted) = (today, Int.random(in: 1...5, using: &random))
      let leadClass = LeadClass.allCases[Int.random(in: 0..<3, using: &random)]
      let batch: Batch? = try await fixture.write { transaction in
        // As the planner does: what remains today, in the same transaction.
        let room = Run.dailyLimit - (try transaction.count(today).used)
        let leads = try CatalogTable.choose(leadClass, count: min(wanted, room), sources: [1], in: transaction)
        return leads.isEmpty ? nil : try transaction.batch(leads, day: today)
      }
      if let batch { batches.append(batch) }
    }

    private mutating func intend() async throws {
      guard let batch = batches.randomElement(using: &random) else { return }
      let leads = try await live(batch, .pending)
      let positions = leads.filter { _ in random.oneIn(2) }.map(\.position)
      guard !positions.isEmpty else { return }
      let today = today
      do {
        try await fixture.write { try $0.intend(batch, positions, today: today, dailyLimit: Run.dailyLimit) }
      } catch is BatchTable.DailyLimitReached {
        let used = try await fixture.store.read { try $0.count(today).used }
        let arriving = leads.filter { positions.contains($0.position) && $0.day != today }.count
        #expect(used + arriving > Run.dailyLimit)
      }
    }

    private mutating func resolve() async throws {
      guard let batch = batches.randomElement(using: &random) else { return }
      var results: [(Int, LeadResult)] = []
      var (unsent, absent): ([Int], [Int]) = ([], [])
      for lead in try await live(batch, .unresolved) {
        switch Int.random(in: 0..<7, using: &random) {
        case 0, 1: results.append((lead.position, .created(crmID: nil)))
        case 2: results.append((lead.position, .duplicate(existingID: nil)))
        case 3: results.append((lead.position, .rejected(reason: "no")))
        case 4: unsent.append(lead.position)
        case 5: absent.append(lead.position)
        default: break
        }
      }
      for lead in try await live(batch, .pending) where random.oneIn(6) {
        results.append((lead.position, .released(reason: "stopped")))
      }
      let (final, returned, looked) = (results, unsent, absent)
      try await fixture.write { transaction in
        if !returned.isEmpty {
          try BatchTable.unsend(
            batch.id, positions: returned, lease: batch.lease, entry: .notProcessed, reason: "no", now: start,
            in: transaction)
        }
        try BatchTable.noteAbsent(
          batch.id, positions: looked, cleared: Set(looked.prefix(1)), lease: batch.lease, moment: .at(start),
          in: transaction)
        try transaction.finish(batch, final)
      }
    }

    private func live(_ batch: Batch, _ state: BatchLeadState) async throws -> [BatchLead] {
      try await fixture.store.read {
        try BatchTable.leads(ofBatch: batch.id, liveOnly: true, in: $0).filter { $0.state == state }
      }
    }

    func check() async throws {
      try await fixture.store.read { transaction in
        let recount = try transaction.query(
          """
          SELECT day, count(*) FILTER (WHERE state = 'created'),
            count(*) FILTER (WHERE state IN ('pending', 'unresolved')), count(*) FILTER (WHERE state = 'duplicate'),
            count(*) FILTER (WHERE state = 'rejected') FROM batch_lead GROUP BY day
          """
        ) {
          DailyCount(
            day: $0.text(0), created: $0.int(1), reserved: $0.int(2), duplicates: $0.int(3), rejected: $0.int(4))
        }
        let counted = try QuotaTable.list(limit: 100, in: transaction)
        // A day whose leads have all moved on stays, with nothing.
        #expect(
          counted.filter { $0 != DailyCount(day: $0.day) }.sorted { $0.day < $1.day }
            == recount.filter { $0 != DailyCount(day: $0.day) }.sorted { $0.day < $1.day })
        #expect(counted.allSatisfy { $0.used <= Run.dailyLimit })

        let batches = try BatchTable.list(ofPlan: 1, in: transaction)
        for batch in batches {
          let tally = try BatchTable.tally(ofBatch: batch.id, in: transaction)
          let live = (tally[.pending] ?? 0) + (tally[.unresolved] ?? 0)
          #expect(tally.values.reduce(0, +) == batch.leadCount && (live == 0) == (batch.settledAt != nil))
        }
        #expect(try QuotaTable.disagreements(in: transaction).isEmpty)
        // The catalog's word on each lead is that of its last batch.
        let torn = try transaction.integer(
          """
          SELECT count(*) FROM lead LEFT JOIN batch_lead ON lead_id = lead.id AND batch_lead.state <> 'released'
          WHERE lead.state <> CASE WHEN batch_lead.state IS NULL THEN 'available'
            WHEN batch_lead.state IN ('pending', 'unresolved') THEN 'selected' ELSE batch_lead.state END
          """)
        #expect(torn == 0)
        // The ledger tells the same story: one final line for each final state.
        for state in ["created", "duplicate", "rejected", "released"] {
          let (lines, leads) = (
            try transaction.integer("SELECT count(*) FROM ledger WHERE entry = '\(state)'"),
            try transaction.integer("SELECT count(*) FROM batch_lead WHERE state = '\(state)'")
          )
          #expect(lines == leads)
        }
      }
    }
  }
}
