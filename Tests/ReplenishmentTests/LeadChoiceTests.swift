import Database
import LeadStore
import Leads
import Planning
import Testing
import Timekeeping

@testable import Replenishment

@Suite("Choosing the leads of a plan")
struct LeadChoiceTests {
  /// Twelve leads of class A: the first four in Texas with 89 points, four in Oklahoma with 84, four in New Mexico with 79.
  private func workshop() async throws -> Workshop {
    let workshop = try await Workshop()
    try await workshop.stock((0..<12).map { ("lead \($0)", "\(1_000_000_000 + $0)") })
    try await workshop.store.write { transaction in
      for (line, region) in [(0, "TX"), (4, "OK"), (8, "NM")] {
        try transaction.run(
          "UPDATE lead SET region = $1, score = $2 WHERE line > $3 AND line <= $3 + 4",
          [.text(region), .int(89 - 5 * line / 4), .int(line)])
      }
    }
    return workshop
  }

  private func regions(_ workshop: Workshop, _ selected: [SelectedLead]) async throws -> [String: Int] {
    let keys = selected.map(\.key.rawValue)
    return try await workshop.store.read { transaction in
      var counts: [String: Int] = [:]
      for key in keys {
        let region = try transaction.first("SELECT region FROM lead WHERE key = $1", [.text(key)]) { $0.text(0) }
        counts[region ?? "?", default: 0] += 1
      }
      return counts
    }
  }

  @Test("Without a balance the best leads are taken, wherever they are")
  func byScore() async throws {
    let workshop = try await workshop()
    let committed = try await workshop.plan(6)
    let counts = try await regions(workshop, committed.selected)
    #expect(counts == ["TX": 4, "OK": 2])
    #expect(committed.plan.spread == nil)
  }

  @Test("With a balance each territory gets its part, and the plan keeps what it cost")
  func balanced() async throws {
    let workshop = try await workshop()
    workshop.policy.steering.geography.isBalanced = true
    let committed = try await workshop.plan(6)
    let counts = try await regions(workshop, committed.selected)
    #expect(counts == ["TX": 2, "OK": 2, "NM": 2])
    // 84 in the mean, against (4 · 89 + 2 · 84) / 6 = 87.33.
    let guarded = try #require(committed.plan.spread?.scoreGuard)
    #expect(guarded.balanced == 84 && abs(guarded.best - 524.0 / 6) < 1e-9 && !guarded.isUndone)
    let stored = try await workshop.store.read { transaction in
      try PlanTable.cycle(ofPlan: committed.planID, in: transaction).flatMap {
        try PlanTable.find(ofCycle: $0, in: transaction)
      }
    }
    #expect(stored?.plan.spread == committed.plan.spread)
  }

  @Test("A plan that is held back tells, and keeps, how the territories stand: Hawaii has no leads in the sources")
  func heldWithTerritories() async throws {
    let workshop = try await workshop()
    workshop.policy.steering.geography.isBalanced = true
    workshop.policy.steering.geography.territories = ["Islands": ["HI"], "South": ["TX", "OK", "NM"]]
    workshop.policy.steering.geography.minShare = ["Islands": 0.3]
    workshop.policy.maxDailyUploads = 0
    let plan = try await workshop.plan(6).plan
    #expect(plan.decision == .blocked(.dailyLimit))
    #expect(plan.spread?.territories.map(\.name) == ["Islands", "South"])
    #expect(plan.spread?.territories.map(\.supply) == [0, 12])
    #expect(plan.shortages.count == 1 && plan.shortages[0].hasPrefix("Territory Islands (HI) gets no leads"))
  }

  @Test("A balance that costs more score than allowed is given up for the best leads")
  func undone() async throws {
    let workshop = try await workshop()
    workshop.policy.steering.geography.isBalanced = true
    workshop.policy.steering.geography.maxScoreLoss = 3
    let committed = try await workshop.plan(6)
    let counts = try await regions(workshop, committed.selected)
    #expect(counts == ["TX": 4, "OK": 2])
    #expect(committed.plan.spread?.scoreGuard?.isUndone == true)
  }

  @Test("Segments get their share, also those marked by rules that are gone count as none")
  func segments() async throws {
    let workshop = try await workshop()
    try await workshop.store.write { transaction in
      try transaction.run("UPDATE lead SET segment = 'dental' WHERE region = 'NM'")
      try transaction.run("UPDATE lead SET segment = 'gone' WHERE region = 'OK'")
    }
    workshop.policy.steering.segments = ["dental": Segment(filter: [.category: ["x"]], share: 0.5)]
    let committed = try await workshop.plan(8)
    let counts = try await regions(workshop, committed.selected)
    #expect(counts == ["TX": 4, "NM": 4])
    #expect(committed.plan.spread?.segments.map(\.given) == [4, 4])
    let next = try await workshop.plan(4)
    #expect(next.selected.isEmpty, "an upload is under way")
  }

  @Test("The teams' states of the last plan are where the next one begins")
  func teamStates() async throws {
    let workshop = try await workshop()
    let first = try await workshop.plan(2)
    #expect(first.plan.input.teamStates == nil)
    let second = try await workshop.plan(2)
    #expect(second.plan.input.teamStates == [:])
  }

  @Test("What a plan leaves is counted by reason; keys are named only where they are asked for")
  func exclusions() async throws {
    let workshop = try await workshop()
    try await workshop.store.write { transaction in
      try transaction.run("UPDATE lead SET state = 'created' WHERE line = 12")
      try transaction.run("UPDATE lead SET state = 'duplicate' WHERE line = 11")
      try transaction.run("UPDATE lead SET state = 'rejected' WHERE line = 10")
      try transaction.run("UPDATE lead SET state = 'withdrawn' WHERE line = 9")
      try transaction.run("UPDATE lead SET class = 'C', score = 10 WHERE line = 8")
    }
    let plan = try await workshop.plan(3).plan
    let counts = try #require(plan.exclusions).counts
    #expect(
      counts.map { "\($0.count) \($0.reason.rawValue)" } == [
        "4 not_needed", "1 below_stock", "1 uploaded", "1 in_crm", "1 rejected", "1 withdrawn",
      ])
    #expect(counts.allSatisfy { $0.examples.isEmpty })
    // The three of the first plan are on their way now.
    let path = workshop.sourcePaths[0]
    let found = try await workshop.store.read { try SourceTable.find(path: path, in: $0) }
    let source = try #require(found)
    let named = try await workshop.store.read { transaction in
      try CatalogTable.exclusions(
        selected: [], supply: 4, unusable: 2, sources: [source.id], examples: 2, in: transaction)
    }
    #expect(
      named.counts.map { "\($0.count) \($0.reason.rawValue) \($0.examples.joined(separator: " "))" } == [
        "4 not_needed npi:1000000003 npi:1000000004", "1 below_stock npi:1000000007",
        "3 in_flight npi:1000000000 npi:1000000001", "1 uploaded npi:1000000011", "1 in_crm npi:1000000010",
        "1 rejected npi:1000000009", "1 withdrawn npi:1000000008", "2 unusable ",
      ])
  }
}
