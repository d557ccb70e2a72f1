import Foundation
import TestSupport
import Testing
import Timekeeping

@testable import Database

@Suite(.serialized) struct ContentionTests {
  private let folder: TemporaryFolder
  private var path: String { folder.file("store.db") }

  init() throws {
    folder = try TemporaryFolder()
  }

  @Test("Several stores on one file write at once, and nobody is told that it is busy")
  func manyWriters() async throws {
    let path = path
    try await withThrowingTaskGroup(of: Void.self) { group in
      for writer in 0..<6 {
        group.addTask {
          let store = try await Store.openNotes(path)
          for number in 0..<100 {
            try await store.addNote("\(writer) \(number)", number % 10 == 0 ? .power : .process)
            if number % 7 == 0 { _ = try await store.noteCount() }
            if number % 25 == 0, writer == 0 { _ = try await store.checkpoint() }
          }
        }
      }
      try await group.waitForAll()
    }
    #expect(try await Store.openNotes(path).noteCount() == 600)
  }

  @Test("Four processes open an empty file at once and write beside each other")
  func manyProcesses() async throws {
    let path = path
    try await withThrowingTaskGroup(of: Void.self) { group in
      for _ in 0..<4 {
        group.addTask {
          await #expect(processExitsWith: .success) { [path = path as String] in
            let store = try await Store.openNotes(path)
            for number in 0..<100 { try await store.addNote("\(number)") }
          }
        }
      }
      try await group.waitForAll()
    }
    #expect(try await Store.openNotes(path).noteCount() == 400)
  }

  @Test("A commit is there after its process was killed in the middle of the next one")
  func killedWriter() async throws {
    await #expect(processExitsWith: .signal(SIGKILL)) { [path = path as String] in
      let store = try await Store.openNotes(path)
      try await store.addNote("acknowledged")
      try await store.write { transaction in
        try transaction.run("INSERT INTO note (text) VALUES ('torn')")
        kill(getpid(), SIGKILL)
      }
    }
    let store = try await Store.openNotes(path)
    #expect(try await store.read { try $0.query("SELECT text FROM note") { $0.text(0) } } == ["acknowledged"])
  }

  @Test("Somebody who holds the write lock for ever is waited for, but not for ever")
  func stoppedHolder() async throws {
    let store = try await Store.open(.file(path), steps: notes, now: noon, waitMax: .milliseconds(60))
    let holder = try RawConnection(path)
    try holder.execute("BEGIN IMMEDIATE")
    guard case .busy(path, let waited)? = await databaseError({ try await store.addNote("kept out") }) else {
      throw Unexpected()
    }
    #expect(waited >= .milliseconds(60))
    #expect(try await store.noteCount() == 0, "readers are not kept out")
    try holder.execute("COMMIT")
    try await store.addNote("let in")
    #expect(try await store.noteCount() == 1)
  }

  @Test("A holder that goes on in time is waited for")
  func slowHolder() async throws {
    let store = try await Store.openNotes(path)
    let other = try await Store.openNotes(path)
    let (isHolding, release) = (Signal(), DispatchSemaphore(value: 0))
    let holder = Task {
      try await other.write { transaction in
        try transaction.run("INSERT INTO note (text) VALUES ('slow')")
        isHolding.give()
        release.wait()
      }
    }
    await isHolding.wait()
    let waiting = Task { try await store.addNote("patient") }
    // It has begun to wait, or will find the lock taken: either way the holder ends after it was asked.
    await Task.yield()
    release.signal()
    try await holder.value
    try await waiting.value
    #expect(try await store.noteCount() == 2)
  }

  @Test("The gate held by a process that does not move delays writers, and does not stop them")
  func stuckGate() async throws {
    let store = try await Store.openNotes(path)
    let gate = try RawGate(of: path)
    #expect(gate.take())
    try await store.addNote("past the gate")
    #expect(try await store.noteCount() == 1)
    #expect(try await !store.checkpoint(), "a checkpoint without the gate could meet another")
    gate.leave()
    #expect(try await store.checkpoint())
  }

  @Test("While the schema changes the gate stays taken, and it is free afterwards")
  func gateDuringMigration() throws {
    let other = try RawGate(of: path)
    try StoreFile(path: path).create()
    let writer = try SQLiteWriter(path: path, bell: Doorbell(of: path), waitMax: .seconds(1))
    try writer.exclusively { _ in #expect(!other.take()) }
    #expect(other.take())
    other.leave()
    #expect(throws: Unexpected.self) { try writer.exclusively { _ in throw Unexpected() } }
    #expect(other.take())
  }

  @Test("A store cannot be opened while the gate stays taken for longer than the waiting time")
  func gateTakenAtOpening() async throws {
    let gate = try RawGate(of: path)
    #expect(gate.take())
    let error = await databaseError {
      _ = try await Store.open(.file(path), steps: notes, now: noon, waitMax: .milliseconds(20))
    }
    #expect(error == .busy(path, waited: .milliseconds(20)))
  }
}
