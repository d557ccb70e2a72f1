import Database
import JobQueue
import TestSupport
import Testing
import Timekeeping

@Suite(.serialized, .onEachEngine) struct LeadershipTests {
  private let queue: QueueStore

  init() async throws {
    queue = try await QueueStore()
  }

  @Test("The role is required of holder and term until it expires, and not one millisecond longer")
  func require() async throws {
    try await queue.write { transaction in
      let leader = try transaction.lead("a")
      func require(_ holder: String, _ term: Int, _ time: Duration) throws {
        try LeadershipTable.require("ticker", holder: holder, term: term, now: start + time, in: transaction)
      }
      try require("a", 1, .zero)
      try require("a", 1, .milliseconds(19_999))
      for (holder, term, time) in [("a", 1, 20_000), ("a", 2, 0), ("b", 1, 0)] {
        #expect(throws: LeadershipError.lost(role: "ticker", term: term, current: leader)) {
          try require(holder, term, .milliseconds(time))
        }
      }
      #expect(throws: LeadershipError.lost(role: "other", term: 1, current: nil)) {
        try LeadershipTable.require("other", holder: "a", term: 1, now: start, in: transaction)
      }
    }
  }

  @Test("A role given up is free at once, in a new term; only its holder in its term can give it up")
  func release() async throws {
    try await queue.write { transaction in
      _ = try transaction.lead("a")
      for (holder, term) in [("b", 1), ("a", 2)] {
        #expect(try LeadershipTable.release("ticker", holder: holder, term: term, in: transaction) == false)
      }
      #expect(try LeadershipTable.current("ticker", in: transaction)?.isHeld(at: start) == true)
      #expect(try LeadershipTable.release("ticker", holder: "a", term: 1, in: transaction))
      #expect(try LeadershipTable.current("ticker", in: transaction)?.isHeld(at: start) == false)
      #expect(throws: LeadershipError.self) {
        try LeadershipTable.require("ticker", holder: "a", term: 1, now: start, in: transaction)
      }
      #expect(try transaction.lead("b").term == 2)
      #expect(try LeadershipTable.release("ticker", holder: "a", term: 1, in: transaction) == false)
    }
  }

  @Test("The current holder is shown with its term, and nobody where nobody ever was")
  func current() async throws {
    try await queue.write { transaction in
      #expect(try LeadershipTable.current("ticker", in: transaction) == nil)
      _ = try transaction.lead("a")
      _ = try transaction.lead("b", at: start + .seconds(20))
      #expect(
        try LeadershipTable.current("ticker", in: transaction)
          == Leadership(role: "ticker", holder: "b", term: 2, expiresAt: start + .seconds(40)))
    }
  }

  @Test("What was lost is said in words")
  func words() {
    let next = Leadership(role: "r", holder: "b", term: 3, expiresAt: start)
    #expect(
      "\(LeadershipError.lost(role: "r", term: 2, current: next))" == "Term 2 of the role r is over; term 3 has begun")
    #expect(
      "\(LeadershipError.lost(role: "r", term: 3, current: next))"
        == "Term 3 of the role r expired before it was renewed")
  }
}
