import Database
import JobQueue
import TestSupport
import Testing
import Timekeeping

@Suite(.serialized, .onEachEngine) struct RateLimitTests {
  @Test("No minute ever sees more requests than allowed, wherever it begins", arguments: 0..<6)
  func slidingMinute(seed: UInt64) async throws {
    let queue = try await QueueStore()
    try await queue.write { transaction in
      var random = SeededGenerator(seed: seed)
      let perMinute = [1, 2, 3, 7, 60, 100][Int.random(in: 0..<6, using: &random)]
      let limit = RateLimit(destination: "crm", perMinute: perMinute)
      var time = ManualTime()
      var given: [Int64] = []
      for _ in 0..<800 {
        let pause = random.oneIn(40) ? 30_000 : 60_000 / Int64(perMinute)
        time.advance(.milliseconds(Int64.random(in: 0...pause, using: &random)))
        if try RateLimitTable.take(limit, now: time.now, in: transaction) == nil { given.append(time.now.milliseconds) }
      }
      #expect(most(in: 60_000, of: given) <= perMinute)
      #expect(!given.isEmpty)
    }
  }

  @Test("A clock set back gives nothing away, and blocks for no longer than one token takes", arguments: 0..<6)
  func clockSetBack(seed: UInt64) async throws {
    let queue = try await QueueStore()
    try await queue.write { transaction in
      var random = SeededGenerator(seed: seed)
      let limit = RateLimit(destination: "crm", perMinute: 60)
      // What has really passed, and what the clock shows.
      var (real, shown) = (ManualTime(), ManualTime())
      var given: [Int64] = []
      var longest = Duration.zero
      for _ in 0..<800 {
        let pause = Duration.milliseconds(Int64.random(in: 0...1500, using: &random))
        real.advance(pause)
        shown.advance(random.oneIn(50) ? pause - .seconds(Int.random(in: 1...100_000, using: &random)) : pause)
        switch try RateLimitTable.take(limit, now: shown.now, in: transaction) {
        case nil: given.append(real.now.milliseconds)
        // 40 tokens a minute are refilled.
        case let wait?: longest = max(longest, wait)
        }
      }
      #expect(most(in: 60_000, of: given) <= 60)
      #expect(longest <= .milliseconds(1500))
      #expect(given.count > 350)
    }
  }

  @Test("A clock set forward gives away at most one burst each time", arguments: 0..<6)
  func clockSetForward(seed: UInt64) async throws {
    let queue = try await QueueStore()
    try await queue.write { transaction in
      var random = SeededGenerator(seed: seed)
      let limit = RateLimit(destination: "crm", perMinute: 60)
      var (real, shown) = (ManualTime(), ManualTime())
      var given: [Int64] = []
      for step in 0..<800 {
        let pause = Duration.milliseconds(Int64.random(in: 0...900, using: &random))
        real.advance(pause)
        // Once in about 130 s, so that no minute sees two jumps.
        shown.advance(step % 300 == 0 ? pause + .seconds(Int.random(in: 1...100_000, using: &random)) : pause)
        if try RateLimitTable.take(limit, now: shown.now, in: transaction) == nil {
          given.append(real.now.milliseconds)
        }
      }
      #expect(most(in: 60_000, of: given) <= 60 + 20)
    }
  }

  @Test("Whoever waits as long as told gets a token")
  func waits() async throws {
    let queue = try await QueueStore()
    try await queue.write { transaction in
      let limit = RateLimit(destination: "crm", perMinute: 100)
      var time = ManualTime()
      for _ in 0..<300 {
        guard let wait = try RateLimitTable.take(limit, now: time.now, in: transaction) else { continue }
        #expect(wait > .zero)
        time.advance(wait)
        // Rounding may cost a millisecond, never more.
        if try RateLimitTable.take(limit, now: time.now, in: transaction) != nil {
          time.advance(.milliseconds(1))
          #expect(try RateLimitTable.take(limit, now: time.now, in: transaction) == nil)
        }
      }
    }
  }

  @Test("A destination that asked for silence gets it from everybody, and the other ones go on")
  func hold() async throws {
    let queue = try await QueueStore()
    try await queue.write { transaction in
      let limit = RateLimit(destination: "crm", perMinute: 60)
      let other = RateLimit(destination: "mail", perMinute: 60)
      try RateLimitTable.hold(limit.destination, until: start + .seconds(30), now: start, in: transaction)
      #expect(try RateLimitTable.take(limit, now: start, in: transaction) == .seconds(30))
      #expect(try RateLimitTable.take(limit, now: start + .milliseconds(29_999), in: transaction) == .milliseconds(1))
      #expect(try RateLimitTable.take(other, now: start, in: transaction) == nil)
      // A shorter hold does not end a longer one.
      try RateLimitTable.hold(limit.destination, until: start + .seconds(5), now: start, in: transaction)
      #expect(try RateLimitTable.take(limit, now: start + .seconds(10), in: transaction) == .seconds(20))
      #expect(try RateLimitTable.take(limit, now: start + .seconds(30), in: transaction) == nil)
    }
  }

  @Test("No answer and no clock can silence a destination for longer than ten minutes")
  func longHold() async throws {
    let queue = try await QueueStore()
    try await queue.write { transaction in
      let limit = RateLimit(destination: "crm", perMinute: 60)
      try RateLimitTable.hold(limit.destination, until: start + .seconds(86_400), now: start, in: transaction)
      #expect(try RateLimitTable.take(limit, now: start + .seconds(599), in: transaction) == .seconds(1))
      #expect(try RateLimitTable.take(limit, now: start + .seconds(600), in: transaction) == nil)
      try RateLimitTable.hold(
        limit.destination, until: start + .seconds(900), now: start + .seconds(600), in: transaction)
      let earlier = start - .seconds(86_400)
      #expect(try RateLimitTable.take(limit, now: earlier, in: transaction) == .seconds(600))
      #expect(try RateLimitTable.take(limit, now: earlier + .seconds(600), in: transaction) == nil)
    }
  }

  /// The highest count of moments in any stretch of `length`, its end not included.
  private func most(in length: Int64, of moments: [Int64]) -> Int {
    var (most, first) = (0, 0)
    for (last, moment) in moments.enumerated() {
      while moments[first] <= moment - length { first += 1 }
      most = max(most, last - first + 1)
    }
    return most
  }
}
