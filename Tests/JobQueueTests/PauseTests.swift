import Database
import JobQueue
import TestSupport
import Testing
import Timekeeping

@Suite("Pauses of queues and kinds", .onEachEngine)
struct PauseTests {
  @Test("A pause names who stopped what, when and why; queues are listed before kinds, by name")
  func listed() async throws {
    let queue = try await QueueStore()
    try await queue.write { transaction in
      try JobTable.declareQueue("b", in: transaction)
      let added = try PauseTable.pause(.kind, "a", by: "ann", because: "bad data", now: start, in: transaction)
      #expect(added == nil)
      for name in ["q", "b"] {
        try PauseTable.pause(
          .queue, name, by: "bob", because: "the CRM is down", now: start + .seconds(1), in: transaction)
      }
      #expect(
        try PauseTable.list(in: transaction) == [
          Pause(
            scope: .queue, name: "b", pausedAt: start + .seconds(1), pausedBy: "bob", reason: "the CRM is down"),
          Pause(
            scope: .queue, name: "q", pausedAt: start + .seconds(1), pausedBy: "bob", reason: "the CRM is down"),
          Pause(scope: .kind, name: "a", pausedAt: start, pausedBy: "ann", reason: "bad data"),
        ])
      #expect(try PauseTable.find(.kind, "q", in: transaction) == nil)
      #expect(try PauseTable.find(.kind, "a", in: transaction)?.pausedBy == "ann")
    }
  }

  @Test("Pausing what is paused keeps the first pause and returns it")
  func twice() async throws {
    let queue = try await QueueStore()
    try await queue.write { transaction in
      try PauseTable.pause(.queue, "q", by: "ann", because: "first", now: start, in: transaction)
      let former = try PauseTable.pause(
        .queue, "q", by: "bob", because: "second", now: start + .seconds(9), in: transaction)
      #expect(former?.reason == "first")
      #expect(try PauseTable.list(in: transaction).map(\.pausedBy) == ["ann"])
    }
  }

  @Test("Resuming returns the pause that stood, and nil when there was none")
  func resume() async throws {
    let queue = try await QueueStore()
    try await queue.write { transaction in
      try PauseTable.pause(.queue, "q", by: "ann", because: "x", now: start, in: transaction)
      try PauseTable.pause(.kind, "q", by: "ann", because: "y", now: start, in: transaction)
      #expect(try PauseTable.resume(.queue, "q", in: transaction)?.reason == "x")
      #expect(try PauseTable.resume(.queue, "q", in: transaction) == nil)
      #expect(try PauseTable.list(in: transaction).map(\.scope) == [.kind])
    }
  }

  @Test("A queue that does not exist cannot be paused; a kind may be paused before its first job")
  func unknownQueue() async throws {
    let queue = try await QueueStore()
    await #expect(throws: JobQueueError.unknownQueue("nowhere")) {
      try await queue.write { transaction in
        _ = try PauseTable.pause(.queue, "nowhere", by: "ann", because: "x", now: start, in: transaction)
      }
    }
    try await queue.write { transaction in
      try PauseTable.pause(.kind, "nowhere", by: "ann", because: "x", now: start, in: transaction)
      #expect(try PauseTable.list(in: transaction).count == 1)
    }
  }
}
