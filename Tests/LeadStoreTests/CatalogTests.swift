import Database
import LeadStore
import Leads
import TestSupport
import Testing
import Timekeeping

@Suite(.serialized, .onEachEngine) struct CatalogTests {
  private let fixture: Fixture

  init() async throws {
    fixture = try await Fixture()
    try await fixture.write { _ = try SourceTable.findOrAdd(path: "more.json", in: $0) }
  }

  private func withdraw(_ source: Int64, _ generation: Int, _ transaction: Transaction) throws -> Int {
    try CatalogTable.withdrawUnseen(source: source, generation: generation, now: start, in: transaction)
  }

  @Test("A lead that two sources hold stays with the first, and one that a file holds twice is put once")
  func firstSourceKeeps() async throws {
    try await fixture.write { transaction in
      let lead = try Lead.numbered(1)
      #expect(try transaction.put(lead))
      #expect(try !transaction.put(lead))
      #expect(try !transaction.put(lead, source: 2))
      #expect(try CatalogTable.find(key: lead.key, in: transaction)?.source == "leads.json")
      #expect(try CatalogTable.supply(sources: [1], in: transaction).sum == 1)
      #expect(try CatalogTable.supply(sources: [2], in: transaction).sum == 0)
    }
  }

  @Test("A new reading brings a lead up to date, and withdraws what is gone")
  func newReading() async throws {
    try await fixture.write { transaction in
      let (stays, goes) = (try Lead.numbered(1), try Lead.numbered(2))
      try transaction.put(stays)
      try transaction.put(goes)
      let better = try Lead.numbered(1, score: 61)
      #expect(try transaction.put(better, generation: 2))
      #expect(try withdraw(1, 2, transaction) == 1)
      #expect(try transaction.state(stays) == .available && transaction.state(goes) == .withdrawn)
      #expect(try CatalogTable.find(key: stays.key, in: transaction)?.leadClass == "B")
      #expect(try withdraw(1, 2, transaction) == 0)
    }
  }

  @Test("A withdrawn lead returns with the source that holds it now")
  func returns() async throws {
    try await fixture.write { transaction in
      let lead = try Lead.numbered(1)
      try transaction.put(lead)
      #expect(try withdraw(1, 2, transaction) == 1)
      #expect(try transaction.put(lead, source: 2))
      #expect(try transaction.state(lead) == .available)
      #expect(try CatalogTable.find(key: lead.key, in: transaction)?.source == "more.json")
    }
  }

  @Test("R28: a lead that was uploaded, found or refused never becomes available again, whatever the files say")
  func neverAgain() async throws {
    try await fixture.write { transaction in
      let batch = try transaction.batch(transaction.leads(0..<4))
      try transaction.intend(batch, [0, 1, 2])
      try transaction.finish(
        batch, [(0, .created(crmID: 1)), (1, .duplicate(existingID: 2)), (2, .rejected(reason: "no"))])
      for generation in 2...3 {
        for number in 0..<4 { #expect(try !transaction.put(.numbered(number, score: 99), generation: generation)) }
        #expect(try withdraw(1, generation + 1, transaction) == 0)
      }
      #expect(try CatalogTable.choose(.aPlus, count: 9, sources: [1, 2], in: transaction).isEmpty)
      #expect(try CatalogTable.list(state: .selected, limit: 9, in: transaction).count == 1)
    }
  }

  @Test("An imported upload is remembered, and no file brings it back")
  func imported() async throws {
    try await fixture.write { transaction in
      let (unknown, known) = (try Lead.numbered(1), try Lead.numbered(2))
      try transaction.put(known)
      #expect(try CatalogTable.putUploaded(key: unknown.key, now: start, in: transaction))
      #expect(try CatalogTable.putUploaded(key: known.key, now: start, in: transaction))
      #expect(try !CatalogTable.putUploaded(key: known.key, now: start, in: transaction))
      #expect(try !transaction.put(unknown) && !transaction.put(known, generation: 2))
      #expect(try CatalogTable.choose(.aPlus, count: 9, sources: [1], in: transaction).isEmpty)
      #expect(try CatalogTable.uploadedKeys(after: 0, limit: 9, in: transaction).count == 2)
      #expect(try transaction.count() == DailyCount(day: monday), "an import is no upload of today")
    }
  }

  @Test("The best are chosen first: by score, then by the order of the sources, then by key")
  func choice() async throws {
    try await fixture.write { transaction in
      try transaction.put(.numbered(1, score: 90), source: 1)
      try transaction.put(.numbered(2, score: 95), source: 1)
      try transaction.put(.numbered(3, score: 95), source: 2)
      try transaction.put(.numbered(4, score: 95), source: 2)
      try transaction.put(.numbered(5, score: 99), source: 2)
      try transaction.put(.numbered(6, score: 80), source: 2)
      func chosen(_ sources: [Int64], _ count: Int) throws -> [LeadKey] {
        try CatalogTable.choose(.aPlus, count: count, sources: sources, in: transaction).map(\.key)
      }
      let key = try (0...6).map { try Lead.numbered($0).key }
      let pair = [key[3], key[4]].sorted { $0.rawValue < $1.rawValue }
      #expect(try chosen([1, 2], 9) == [key[5], key[2]] + pair + [key[1]])
      #expect(try chosen([2, 1], 9) == [key[5]] + pair + [key[2], key[1]])
      #expect(try chosen([2, 1], 2) == [key[5], pair[0]])
      #expect(try chosen([1], 1) == [key[2]])
      #expect(try chosen([], 5).isEmpty && chosen([1, 2], 0).isEmpty)
      #expect(try CatalogTable.supply(sources: [1, 2], in: transaction) == PerClass(aPlus: 5, a: 1, b: 0))
    }
  }

  @Test("Class C is known and never chosen")
  func classC() async throws {
    try await fixture.write { transaction in
      try transaction.put(.numbered(1, score: 59))
      #expect(try CatalogTable.supply(sources: [1], in: transaction).sum == 0)
      for leadClass in LeadClass.allCases {
        #expect(try CatalogTable.choose(leadClass, count: 9, sources: [1], in: transaction).isEmpty)
      }
      #expect(try CatalogTable.counts(in: transaction).map { "\($0.leadClass) \($0.count)" } == ["C 1"])
    }
  }

  @Test("A reading that is interrupted is done again, and rejected records are those of the last reading")
  func readings() async throws {
    try await fixture.write { transaction in
      #expect(try SourceTable.beginReading(1, in: transaction) == 1)
      try SourceTable.reject(source: 1, position: 3, line: 9, reason: "no score", in: transaction)
      try SourceTable.finish(
        1, state: .read, fingerprint: "f", counts: .init(records: 4, usable: 3, rejected: 1), problem: nil, now: start,
        in: transaction)
      #expect(try SourceTable.find(path: "leads.json", in: transaction)?.fingerprint == "f")
      #expect(try SourceTable.beginReading(1, in: transaction) == 2)
      let source = try #require(try SourceTable.find(path: "leads.json", in: transaction))
      #expect(source.fingerprint == nil && source.generation == 2 && source.counts.usable == 3)
      #expect(try SourceTable.rejectedRecords(limit: 9, in: transaction).isEmpty)
      try SourceTable.fail(1, state: .unreadable, problem: "cut off", in: transaction)
      #expect(try SourceTable.find(path: "leads.json", in: transaction)?.problem == "cut off")
      #expect(try SourceTable.findOrAdd(path: "leads.json", in: transaction).id == 1)
    }
  }
}
