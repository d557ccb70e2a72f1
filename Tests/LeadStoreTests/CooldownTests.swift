import Database
import LeadStore
import TestSupport
import Testing
import Timekeeping

@Suite(.serialized, .onEachEngine) struct CooldownTests {
  private let fixture: Fixture

  init() async throws {
    fixture = try await Fixture()
  }

  private func elapsed(_ moment: Moment) async throws -> (elapsed: Duration, isSetBack: Bool)? {
    try await fixture.store.read { try CooldownTable.elapsed(at: moment, in: $0) }
  }

  private func moment(_ wall: Duration, boot: String? = "boot", _ sinceBoot: Duration = .zero) -> Moment {
    Moment(wall: start + wall, bootID: boot, sinceBoot: sinceBoot)
  }

  @Test("D10: within one boot the wall clock may jump either way, and the cooldown does not notice")
  func bootClockWins() async throws {
    #expect(try await elapsed(moment(.zero)) == nil)
    try await fixture.write {
      try CooldownTable.start(Moment(wall: start, bootID: "boot", sinceBoot: .seconds(100)), in: $0)
    }
    for jump in [Duration.seconds(-86_400 * 21), .zero, .seconds(86_400 * 21)] {
      let answer = try #require(try await elapsed(moment(jump, .seconds(160))))
      #expect(answer.elapsed == .seconds(60) && !answer.isSetBack)
    }
  }

  @Test("Across boots the wall clock counts")
  func otherBoot() async throws {
    try await fixture.write {
      try CooldownTable.start(Moment(wall: start, bootID: "boot", sinceBoot: .seconds(100)), in: $0)
    }
    let answer = try #require(try await elapsed(moment(.seconds(300), boot: "next", .seconds(5))))
    #expect(answer.elapsed == .seconds(300) && !answer.isSetBack)
    let shifted = try #require(try await elapsed(moment(.seconds(7), boot: nil)))
    #expect(shifted.elapsed == .seconds(7))
  }

  @Test("A clock set back by weeks neither opens the cooldown nor blocks for weeks")
  func setBack() async throws {
    let weeks = Duration.seconds(86_400 * 21)
    try await fixture.write { try CooldownTable.start(.at(start), in: $0) }
    let earlier = Moment.at(start - weeks)
    let answer = try #require(try await elapsed(earlier))
    #expect(answer.elapsed == .zero && answer.isSetBack)
    // What the scheduler does with that answer.
    try await fixture.write { try CooldownTable.start(earlier, in: $0) }
    let later = try #require(try await elapsed(.at(start - weeks + .seconds(360))))
    #expect(later.elapsed == .seconds(360) && !later.isSetBack)
  }

  @Test("A request that created something starts the cooldown, others do not; clearing ends it")
  func started() async throws {
    try await fixture.write { transaction in
      let batch = try transaction.batch(transaction.leads(0..<3))
      try transaction.intend(batch, [0, 1])
      try transaction.finish(batch, [(0, .duplicate(existingID: 1))])
      #expect(try CooldownTable.elapsed(at: .at(start), in: transaction) == nil)
      try transaction.finish(batch, [(1, .created(crmID: nil))], at: start + .seconds(4))
      #expect(try CooldownTable.elapsed(at: .at(start + .seconds(9)), in: transaction)?.elapsed == .seconds(5))
      #expect(try CooldownTable.clear(in: transaction))
      #expect(try !CooldownTable.clear(in: transaction))
      #expect(try CooldownTable.elapsed(at: .at(start), in: transaction) == nil)
    }
  }

  @Test("Of two requests answered in one boot the later one counts, whichever is written first")
  func latestCounts() async throws {
    let (early, late) = (moment(.seconds(5), .seconds(105)), moment(.seconds(8), .seconds(108)))
    try await fixture.write { transaction in
      try CooldownTable.start(late, in: transaction)
      try CooldownTable.start(early, in: transaction)
    }
    #expect(try await elapsed(moment(.seconds(10), .seconds(110)))?.elapsed == .seconds(2))
    // In another boot the earlier number is the later moment.
    try await fixture.write { [self] in try CooldownTable.start(moment(.seconds(60), boot: "next", .seconds(3)), in: $0)
    }
    #expect(try await elapsed(moment(.seconds(64), boot: "next", .seconds(7)))?.elapsed == .seconds(4))
  }
}
