import Database
import Foundation
import TestSupport
import Testing
import Timekeeping

@Suite(.serialized, .onEachEngine) struct StoreTests {
  private let place: StorePlace
  private var address: StoreAddress { place.address() }

  init() async throws {
    place = try await StorePlace()
  }

  private struct Stop: Error {}

  @Test("What a transaction wrote is gone when it throws, and the next one works")
  func rollback() async throws {
    let store = try await Store.openNotes(address)
    await #expect(throws: Stop.self) {
      try await store.write { transaction in
        try transaction.run("INSERT INTO note (text) VALUES ('half')")
        throw Stop()
      }
    }
    #expect(try await store.noteCount() == 0)
    try await store.addNote("whole")
    #expect(try await store.noteCount() == 1)
  }

  @Test("A statement that the schema refuses rolls the whole transaction back")
  func rollbackOnConstraint() async throws {
    let store = try await Store.openNotes(address)
    let error = await databaseError {
      try await store.write { transaction in
        try transaction.run("INSERT INTO note (text) VALUES ('first')")
        try transaction.run("INSERT INTO note (number) VALUES (13)")
      }
    }
    guard case .constraint(.check, _)? = error else { throw Stop() }
    #expect(try await store.noteCount() == 0)
  }

  @Test("A reader sees what is committed, and nothing of a transaction under way")
  func isolation() async throws {
    let store = try await Store.openNotes(address)
    let other = try await Store.openNotes(address)
    let seen = try await store.write { transaction in
      try transaction.run("INSERT INTO note (text) VALUES ('not yet')")
      let semaphore = DispatchSemaphore(value: 0)
      let count = Box(-1)
      Task {
        count.value = try await other.noteCount()
        semaphore.signal()
      }
      semaphore.wait()
      return count.value
    }
    #expect(seen == 0)
    #expect(try await other.noteCount() == 1)
  }

  @Test("A reader keeps its state of the store while others commit")
  func snapshot() async throws {
    let store = try await Store.openNotes(address)
    let counts = try await store.read { transaction in
      let before = try transaction.first("SELECT count(*) FROM note") { $0.int(0) }
      let semaphore = DispatchSemaphore(value: 0)
      Task {
        try await store.addNote("meanwhile")
        semaphore.signal()
      }
      semaphore.wait()
      return [before, try transaction.first("SELECT count(*) FROM note") { $0.int(0) }]
    }
    #expect(counts == [0, 0])
    #expect(try await store.noteCount() == 1)
  }

  @Test("Reading cannot write")
  func readOnly() async throws {
    let store = try await Store.openNotes(address)
    let error = await databaseError {
      _ = try await store.read { try $0.run("INSERT INTO note (text) VALUES ('no')") }
    }
    guard case .readOnly? = error else { throw Stop() }
  }

  @Test("A write goes on when its caller is cancelled")
  func cancellation() async throws {
    let store = try await Store.openNotes(address)
    let (writing, release) = (Signal(), DispatchSemaphore(value: 0))
    let task = Task {
      try await store.write { transaction in
        writing.give()
        release.wait()
        try transaction.run("INSERT INTO note (text) VALUES ('written all the same')")
      }
    }
    await writing.wait()
    task.cancel()
    release.signal()
    _ = try await task.value
    #expect(try await store.noteCount() == 1)
    let late = Task { try await store.addNote("by a task that is cancelled already") }
    late.cancel()
    try await late.value
    #expect(try await store.noteCount() == 2)
  }

  @Test("A caller on a thread of its own writes in the same line")
  func blockingWrite() async throws {
    let store = try await Store.openNotes(address)
    let thread = DedicatedThread(name: "test")
    let count = try await thread.run {
      try store.writeBlocking { transaction in
        try transaction.run("INSERT INTO note (text) VALUES ('blocking')")
        return try transaction.first("SELECT count(*) FROM note") { $0.int(0) }
      }
    }
    #expect(count == 1)
    let error = await databaseError {
      _ = try await thread.run { try store.writeBlocking { try $0.run("INSERT INTO note (number) VALUES (13)") } }
    }
    guard case .constraint(.check, _)? = error else { throw Stop() }
  }
}

/// A value that one closure sets and another reads, in an order that the test itself enforces.
final class Box: @unchecked Sendable {
  var value: Int
  init(_ value: Int) { self.value = value }
}
