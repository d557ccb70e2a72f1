import Leads
import Planning
import Testing

@Suite("Pooled conversion")
struct ConversionPoolTests {
  private func pool(_ groups: [(Int, Int)]) -> ConversionPool {
    ConversionPool(groups.map { Conversion(won: $0.0, lost: $0.1 - $0.0) })
  }

  @Test("1 of 6, among 8 of 100, is taken for 8.9 %, not for 16.7 %")
  func workedExample() throws {
    let pool = pool([(1, 6), (7, 94)])
    #expect(pool.basis == .fewGroups && pool.mean == 0.08 && pool.strength == 50)
    let posterior = try #require(pool.posterior(of: Conversion(won: 1, lost: 5)))
    #expect(abs(posterior.mean - 5.0 / 56) < 1e-12)
    #expect((posterior.mean * 1000).rounded() == 89)
  }

  @Test("Five groups tell how much they differ: 1, 2, 3, 4 and 10 of 20 give ρ = 0.1322 and κ = 6.57")
  func estimated() throws {
    let pool = pool([(1, 20), (2, 20), (3, 20), (4, 20), (10, 20)])
    // By hand: m = 20/100 = 0.2; Q = 20 (0.0225 + 0.01 + 0.0025 + 0 + 0.09) = 2.5; Q/(m(1−m)) = 15.625; G − 1 = 4;
    // C = 100 − 5 · 400 / 100 = 80; ρ = 11.625 / 76 = 0.15296; κ = 1/ρ − 1 = 5.5376.
    #expect(pool.basis == .estimated)
    #expect(abs((pool.strength ?? 0) - (76 / 11.625 - 1)) < 1e-9)
    let posterior = try #require(pool.posterior(of: Conversion(won: 10, lost: 10)))
    #expect(abs(posterior.mean - (10 + 0.2 * (76 / 11.625 - 1)) / (20 + 76 / 11.625 - 1)) < 1e-9)
  }

  @Test("Groups that differ no more than chance are taken as one: 4 of 20 each, and 20 of 100 for all")
  func pooledFully() throws {
    let pool = pool(Array(repeating: (4, 20), count: 5))
    #expect(pool.basis == .full && pool.strength == nil)
    #expect(pool.posterior(of: Conversion(won: 4, lost: 16)) == BetaDistribution(alpha: 20, beta: 80))
  }

  @Test("Five groups of one lead each tell nothing apart, and are taken as one")
  func singleLeads() {
    #expect(pool([(1, 1), (0, 1), (0, 1), (1, 1), (0, 1)]).basis == .full)
  }

  @Test("Groups that are all won or all lost keep a prior worth one lead")
  func extremeGroups() throws {
    let pool = pool([(40, 40), (0, 40), (40, 40), (0, 40), (40, 40)])
    #expect(pool.basis == .estimated && pool.strength == 1)
    let lost = try #require(pool.posterior(of: Conversion(won: 0, lost: 40)))
    #expect(lost.mean > 0 && lost.mean < 0.02)
  }

  @Test("Without closed leads, without a won one, or without a lost one, nothing is known")
  func noEvidence() {
    #expect(pool([]).basis == .noClosedLeads && pool([(0, 0), (0, 0)]).basis == .noClosedLeads)
    #expect(pool([(0, 3), (0, 9)]).basis == .noneWon && pool([(3, 3), (9, 9)]).basis == .allWon)
    for groups in [[], [(0, 3)], [(3, 3)]] as [[(Int, Int)]] {
      #expect(pool(groups).posterior(of: Conversion(won: 1, lost: 1)) == nil)
    }
  }

  @Test("Law: an estimate lies between the group's own rate and the mean of all, and its interval holds it")
  func between() {
    let failures = broken(0..<10_000) { random in
      let groups = (0..<random.int(1...9)).map { _ -> Conversion in
        Conversion(won: random.int(0...random.int(0...40)), lost: random.int(0...40))
      }
      let pool = ConversionPool(groups)
      return groups.allSatisfy { group in
        guard let posterior = pool.posterior(of: group) else { return !pool.isEvidence }
        let own = group.resolved > 0 ? Double(group.won) / Double(group.resolved) : pool.mean
        let range = (min(own, pool.mean) - 1e-9)...(max(own, pool.mean) + 1e-9)
        return range.contains(posterior.mean)
      }
    }
    #expect(failures.isEmpty)
  }
}
