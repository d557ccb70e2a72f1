import Database
import JobQueue
import LeadStore
import Leads
import TestSupport
import Testing
import Timekeeping

@Suite(.serialized, .onEachEngine) struct BatchTests {
  private let fixture: Fixture

  init() async throws {
    fixture = try await Fixture()
  }

  private struct Power: Error {}

  @Test("A batch takes its leads out of the supply and reserves the day's quota")
  func create() async throws {
    try await fixture.write { transaction in
      let leads = try transaction.leads(0..<3)
      let batch = try transaction.batch(leads)
      #expect(try transaction.states(batch.id) == [.pending, .pending, .pending])
      #expect(try transaction.count() == DailyCount(day: monday, reserved: 3))
      #expect(try CatalogTable.supply(sources: [1], in: transaction).sum == 0)
      #expect(try transaction.state(.numbered(0)) == .selected)
      #expect(try BatchTable.openCount(in: transaction) == 1)
      let lines = try LedgerTable.lines(ofBatch: batch.id, perLead: true, limit: 9, in: transaction)
      #expect(lines.map(\.entry) == [.reserved] && lines[0].amount == 3 && lines[0].day == monday)
      let bodies = try BatchTable.bodies(ofBatch: batch.id, positions: [2, 0], in: transaction)
      let key: (Int) -> LeadKey = { leads[$0].key }
      let rows = try [2, 0].map { position in
        try (0..<3).map { try Lead.numbered($0) }.first { $0.key == key(position) }?.row(source: "label")
      }
      #expect(bodies == rows)
    }
  }

  @Test("Each result settles its lead, its quota, the ledger and the catalog together")
  func results() async throws {
    try await fixture.write { transaction in
      let leads = try transaction.leads(0..<5)
      let batch = try transaction.batch(leads)
      try transaction.intend(batch, [0, 1, 2])
      let counted = try transaction.finish(
        batch, [(0, .created(crmID: 41)), (1, .duplicate(existingID: 7)), (2, .rejected(reason: "zip"))])
      #expect(counted.created == 1 && counted.duplicates == 1 && counted.rejected == 1 && counted.reserved == -3)
      #expect(try transaction.count() == DailyCount(day: monday, created: 1, reserved: 2, duplicates: 1, rejected: 1))
      #expect(try BatchTable.find(batch.id, in: transaction)?.settledAt == nil)
      try transaction.finish(batch, [(3, .released(reason: "stopped")), (4, .released(reason: "stopped"))])
      #expect(try transaction.count() == DailyCount(day: monday, created: 1, duplicates: 1, rejected: 1))
      #expect(try transaction.states(batch.id) == [.created, .duplicate, .rejected, .released, .released])
      #expect(try BatchTable.find(batch.id, in: transaction)?.settledAt == start)
      #expect(try BatchTable.leads(ofBatch: batch.id, in: transaction).map(\.crmID) == [41, 7, nil, nil, nil])
      let standing = try leads.map { try CatalogTable.find(key: $0.key, in: transaction)?.state }
      #expect(standing == [.created, .duplicate, .rejected, .available, .available])
      let history = try LedgerTable.lines(ofLead: leads[2].id, limit: 9, in: transaction)
      #expect(history.map(\.entry) == [.rejected] && history[0].detail == "zip" && history[0].attempt == 1)
    }
  }

  @Test("A result that comes twice is counted once")
  func resultsTwice() async throws {
    try await fixture.write { transaction in
      let batch = try transaction.batch(transaction.leads(0..<1))
      try transaction.intend(batch, [0])
      try transaction.finish(batch, [(0, .created(crmID: 1))])
      let again = try transaction.finish(batch, [(0, .created(crmID: 1))])
      #expect(again.created == 0 && again.reserved == 0)
      #expect(try transaction.count() == DailyCount(day: monday, created: 1))
      #expect(try transaction.integer("SELECT count(*) FROM ledger WHERE entry = 'created'") == 1)
    }
  }

  @Test("What was not sent, or not processed, is pending again; what is unknown stays in doubt")
  func unsentAndUnknown() async throws {
    try await fixture.write { transaction in
      let batch = try transaction.batch(transaction.leads(0..<2))
      try transaction.intend(batch, [0, 1])
      #expect(try transaction.states(batch.id) == [.unresolved, .unresolved])
      try BatchTable.unsend(
        batch.id, positions: [0], lease: batch.lease, entry: .notSent, reason: "refused", now: start, in: transaction)
      try BatchTable.noteUnknown(
        batch.id, positions: [0], lease: batch.lease, reason: "silence", now: start, in: transaction)
      #expect(try transaction.states(batch.id) == [.pending, .unresolved])
      #expect(try transaction.count().reserved == 2, "what is unknown counts as used")
      try transaction.intend(batch, [0])
      let leads = try BatchTable.leads(ofBatch: batch.id, in: transaction)
      #expect(leads.map(\.requests) == [2, 1])
      let lines = try LedgerTable.lines(ofBatch: batch.id, perLead: false, limit: 9, in: transaction)
      #expect(lines.map(\.entry) == [.reserved, .intended, .notSent, .unknown, .intended])
      #expect(lines[1].detail == "hash" && lines[1].amount == 2 && lines[1].attempt == 1)
    }
  }

  @Test(
    "Absences add up while a lead is in doubt, over requests that were clearly not processed, and begin anew after another"
  )
  func absences() async throws {
    try await fixture.write { transaction in
      let batch = try transaction.batch(transaction.leads(0..<2))
      try transaction.intend(batch, [0, 1])
      for round in 1...2 {
        try BatchTable.noteAbsent(
          batch.id, positions: [0, 1], cleared: round == 2 ? [1] : [], lease: batch.lease,
          moment: .at(start + .seconds(90 * round)), in: transaction)
      }
      #expect(try transaction.doubts(batch.id) == [.earlier, .none])
      #expect(try transaction.states(batch.id) == [.unresolved, .pending])
      try transaction.intend(batch, [0, 1])
      #expect(try transaction.doubts(batch.id) == [.earlierAndOpen, .none])
      try BatchTable.unsend(
        batch.id, positions: [0, 1], lease: batch.lease, entry: .notProcessed, reason: "429", now: start,
        in: transaction)
      #expect(
        try transaction.states(batch.id) == [.unresolved, .pending], "the earlier request may still be committed")
      let leads = try BatchTable.leads(ofBatch: batch.id, in: transaction)
      #expect(leads.map(\.doubt) == [.earlier, .none] && leads[0].absences == 2)
      #expect(leads[0].absentAt?.wall == start + .seconds(180))
      try transaction.intend(batch, [0])
      try BatchTable.noteUnknown(
        batch.id, positions: [0], lease: batch.lease, reason: "timed out", now: start, in: transaction)
      let again = try BatchTable.leads(ofBatch: batch.id, in: transaction)[0]
      #expect(again.doubt == .earlier && again.absences == 0 && again.absentAt == nil && again.requests == 3)
    }
  }

  @Test("Batches in which the CRM rolled a lead back alone are counted for the batches after them")
  func loneRollbacks() async throws {
    try await fixture.write { transaction in
      let leads = try transaction.leads(0..<1)
      for earlier in 0...2 {
        let batch = try transaction.batch(leads)
        #expect(try BatchTable.leads(ofBatch: batch.id, in: transaction)[0].earlierRollbacks == earlier)
        for _ in 0..<2 {
          try BatchTable.noteLoneRollback(batch.id, position: 0, lease: batch.lease, in: transaction)
        }
        try transaction.finish(batch, [(0, .released(reason: "x"))])
      }
    }
  }

  @Test("D5: at 499 of 500 one more lead goes out, and not a whole run")
  func dailyLimit() async throws {
    try await fixture.write { transaction in
      try transaction.run("INSERT INTO daily_counter (day, created) VALUES ($1, 499)", [.text(monday)])
      let leads = try transaction.leads(0..<3)
      let one = try transaction.batch([leads[0]])
      try transaction.intend(one, [0], dailyLimit: 500)
      #expect(try transaction.count().used == 500)
    }
    let more = try await fixture.write { transaction in
      let leads = try CatalogTable.choose(.aPlus, count: 2, sources: [1], in: transaction)
      return try transaction.batch(leads, day: tuesday)
    }
    await #expect(throws: BatchTable.DailyLimitReached.self) {
      try await fixture.write { try $0.intend(more, [0, 1], dailyLimit: 500) }
    }
    // Rolled back whole: quota, day and state are what they were.
    try await fixture.write { transaction in
      #expect(try transaction.states(more.id) == [.pending, .pending])
      #expect(try transaction.count().used == 500)
      #expect(try transaction.count(tuesday) == DailyCount(day: tuesday, reserved: 2))
      #expect(
        try BatchTable.leads(ofBatch: more.id, in: transaction).allSatisfy { $0.day == tuesday && $0.requests == 0 })
      #expect(try transaction.integer("SELECT count(*) FROM ledger WHERE entry = 'moved'") == 0)
      try transaction.intend(more, [0, 1], today: tuesday, dailyLimit: 500)
    }
  }

  @Test("D10: a request counts against the business day on which it is sent, not that on which it was planned")
  func dayOfTheRequest() async throws {
    try await fixture.write { transaction in
      let calendar = try #require(BusinessCalendar(zone: "America/New_York"))
      // It starts at 10:00 in New York; 14 hours less a second later it is 23:59:59 there, and the 3rd in UTC.
      let evening = start + .seconds(50_399)
      #expect(calendar.day(of: evening) == monday)
      #expect(calendar.day(of: evening + .seconds(1)) == tuesday)
      let batch = try transaction.batch(transaction.leads(0..<3), day: calendar.day(of: evening))
      try transaction.intend(batch, [0], today: calendar.day(of: evening))
      try transaction.intend(batch, [1, 2], today: calendar.day(of: evening + .seconds(1)))
      #expect(try transaction.count(monday).reserved == 1)
      #expect(try transaction.count(tuesday).reserved == 2)
      // The answers come on Tuesday; each counts for its own day.
      try transaction.finish(
        batch, (0..<3).map { ($0, .created(crmID: nil)) }, at: evening + .seconds(5))
      #expect(try transaction.count(monday) == DailyCount(day: monday, created: 1))
      #expect(try transaction.count(tuesday) == DailyCount(day: tuesday, created: 2))
      let moved = try LedgerTable.lines(ofBatch: batch.id, perLead: false, limit: 9, in: transaction)
        .filter { $0.entry == .moved }
      #expect(moved.map(\.amount) == [2] && moved[0].day == tuesday && moved[0].detail == monday)
    }
  }

  @Test("D1: a crash between the request and its bookkeeping leaves the lead in doubt, never available again")
  func crashAfterRequest() async throws {
    let batch = try await fixture.write { try $0.batch($0.leads(0..<2)) }
    try await fixture.store.write(.power) { try $0.intend(batch, [0, 1]) }
    // The request was sent; the bookkeeping crashes.
    await #expect(throws: Power.self) {
      try await fixture.write { transaction in
        try transaction.finish(batch, [(0, .created(crmID: 1)), (1, .created(crmID: 2))])
        throw Power()
      }
    }
    let restarted = try await LeadStore.open(fixture.store.address, now: start)
    try await restarted.write { transaction throws in
      #expect(try transaction.states(batch.id) == [.unresolved, .unresolved])
      #expect(try CatalogTable.choose(.aPlus, count: 9, sources: [1], in: transaction).isEmpty)
      #expect(try transaction.count().used == 2)
      #expect(try BatchTable.inFlight(since: start, in: transaction).sum == 2)
    }
  }

  @Test("D2: a failed batch is not counted as uploaded, and its leads are not lost")
  func failedBatch() async throws {
    try await fixture.write { transaction in
      let batch = try transaction.batch(transaction.leads(0..<2))
      try transaction.intend(batch, [0, 1])
      try BatchTable.unsend(
        batch.id, positions: [0, 1], lease: batch.lease, entry: .notProcessed, reason: "500", now: start,
        in: transaction)
      try transaction.finish(batch, [(0, .released(reason: "dead")), (1, .released(reason: "dead"))])
      #expect(try transaction.count() == DailyCount(day: monday))
      #expect(try CatalogTable.choose(.aPlus, count: 9, sources: [1], in: transaction).count == 2)
      #expect(try CooldownTable.elapsed(at: .at(start), in: transaction) == nil)
      // Released leads may be selected again, and only they.
      let again = try transaction.batch(CatalogTable.choose(.aPlus, count: 9, sources: [1], in: transaction))
      #expect(try transaction.states(again.id) == [.pending, .pending])
    }
  }

  @Test("D3: the results of one batch stand when the next one crashes")
  func crashBetweenBatches() async throws {
    let batches = try await fixture.write { transaction in
      let leads = try transaction.leads(0..<4)
      return [try transaction.batch(Array(leads[..<2])), try transaction.batch(Array(leads[2...]))]
    }
    try await fixture.write { transaction in
      try transaction.intend(batches[0], [0, 1])
      try transaction.finish(batches[0], [(0, .created(crmID: 1)), (1, .created(crmID: 2))])
    }
    await #expect(throws: Power.self) {
      try await fixture.write { transaction in
        try transaction.intend(batches[1], [0, 1])
        throw Power()
      }
    }
    let restarted = try await LeadStore.open(fixture.store.address, now: start)
    try await restarted.write { transaction throws in
      #expect(try transaction.states(batches[0].id) == [.created, .created])
      #expect(try transaction.states(batches[1].id) == [.pending, .pending])
      #expect(try transaction.count() == DailyCount(day: monday, created: 2, reserved: 2))
    }
  }

  @Test("An attempt that lost its lease writes nothing of its batch")
  func fenced() async throws {
    let batch = try await fixture.write { transaction in
      let batch = try transaction.batch(transaction.leads(0..<2))
      try transaction.intend(batch, [0])
      _ = try transaction.lease(at: start + .seconds(3600))
      return batch
    }
    for verb in 0..<5 {
      await #expect(throws: JobQueueError.leaseLost(batch.lease)) {
        try await fixture.write { transaction in
          switch verb {
          case 0: try transaction.intend(batch, [1])
          case 1: try transaction.finish(batch, [(0, .created(crmID: 1))])
          case 2:
            try BatchTable.unsend(
              batch.id, positions: [0], lease: batch.lease, entry: .notSent, reason: "x", now: start, in: transaction)
          case 3:
            try BatchTable.noteUnknown(
              batch.id, positions: [0], lease: batch.lease, reason: "x", now: start, in: transaction)
          default:
            try BatchTable.noteAbsent(
              batch.id, positions: [0], cleared: [0], lease: batch.lease, moment: .at(start), in: transaction)
          }
        }
      }
    }
    try await fixture.write { transaction throws in
      #expect(try transaction.states(batch.id) == [.unresolved, .pending])
      #expect(try transaction.count() == DailyCount(day: monday, reserved: 2))
    }
  }

  @Test("In flight are live leads, and those created since the reading began")
  func inFlight() async throws {
    try await fixture.write { transaction in
      try transaction.put(.numbered(50, score: 80))
      let leads =
        try transaction.leads(0..<3) + CatalogTable.choose(.a, count: 1, sources: [1], in: transaction)
      let batch = try transaction.batch(leads)
      try transaction.intend(batch, [0, 1, 3])
      try transaction.finish(batch, [(0, .created(crmID: nil))], at: start + .seconds(10))
      try transaction.finish(batch, [(3, .created(crmID: nil))], at: start + .seconds(20))
      #expect(try BatchTable.inFlight(since: start + .seconds(10), in: transaction) == PerClass(aPlus: 3, a: 1, b: 0))
      #expect(try BatchTable.inFlight(since: start + .seconds(11), in: transaction) == PerClass(aPlus: 2, a: 1, b: 0))
      #expect(try BatchTable.inFlight(since: start + .seconds(21), in: transaction) == PerClass(aPlus: 2, a: 0, b: 0))
      #expect(
        try BatchTable.createdCount(from: start + .seconds(10), until: start + .seconds(20), in: transaction) == 1)
    }
  }

  @Test("An open batch moves to a new job; a lead's history names every batch")
  func assign() async throws {
    try await fixture.write { transaction in
      let leads = try transaction.leads(0..<1)
      let batch = try transaction.batch(leads)
      try transaction.finish(batch, [(0, .released(reason: "x"))])
      let again = try transaction.batch(leads)
      let job = try #require(
        try JobTable.enqueue(NewJob(kind: "upload", queue: "upload", payload: "{}"), now: start, in: transaction))
      try BatchTable.assign(again.id, to: job, in: transaction)
      #expect(try BatchTable.find(ofJob: job, in: transaction)?.id == again.id)
      #expect(try BatchTable.history(ofLead: leads[0].id, in: transaction).map(\.batchID) == [batch.id, again.id])
      #expect(try BatchTable.open(in: transaction).map(\.id) == [again.id])
    }
  }
}
