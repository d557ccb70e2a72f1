import Database
import Foundation
import Synchronization
import TestSupport
import Testing

@Suite(.serialized) struct ConnectionLaneTests {
  private final class Journal {
    var entries: [Int] = []
    let thread = Thread.current
  }

  @Test("Work is done on one thread, in the order in which it was handed in")
  func order() async throws {
    let thread = DedicatedThread(name: "test")
    let order = Mutex<[Int]>([])
    for number in 0..<1000 { thread.submit { order.withLock { $0.append(number) } } }
    try await thread.run {}
    #expect(order.withLock { $0 } == Array(0..<1000))
  }

  @Test("The resource is made and used on the lane's own thread, never on the pool")
  func ownThread() async throws {
    let lane = ConnectionLane<Journal>(name: "test")
    try await lane.start { Journal() }
    for number in 0..<10 {
      let isSame = try await lane.run { journal in
        journal.entries.append(number)
        return journal.thread === Thread.current && !Thread.isMainThread
      }
      #expect(isSame)
    }
    #expect(try await lane.run { $0.entries } == Array(0..<10))
  }

  @Test("An error of a piece of work reaches its caller and nobody else")
  func errors() async throws {
    struct Stop: Error {}
    let lane = ConnectionLane<Journal>(name: "test")
    await #expect(throws: Stop.self) { try await lane.start { throw Stop() } }
    try await lane.start { Journal() }
    await #expect(throws: Stop.self) { try await lane.run { _ in throw Stop() } }
    #expect(try await lane.run { _ in 7 } == 7)
  }

  @Test("Work that was handed in is done even when nobody is left to hold the thread")
  func workOutlivesOwner() async throws {
    let done = Signal()
    do {
      let thread = DedicatedThread(name: "test")
      thread.submit { done.give() }
    }
    await done.wait()
  }
}
