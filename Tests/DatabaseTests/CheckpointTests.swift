import Foundation
import TestSupport
import Testing
import Timekeeping

@testable import Database

/// What only a store in a SQLite file has: the write-ahead log and its checkpoints, and copies of the file.
@Suite(.serialized) struct CheckpointTests {
  private let folder: TemporaryFolder
  private var path: String { folder.file("store.db") }

  init() throws {
    folder = try TemporaryFolder()
  }

  @Test("A commit that must survive a power failure is synced, others are left to the checkpoint")
  func durability() async throws {
    let store = try await Store.openNotes(path)
    func synchronous(_ durability: Durability) async throws -> Int? {
      try await store.write(durability) { try $0.first("PRAGMA synchronous") { $0.int(0) } }
    }
    // 1 is NORMAL, 2 is FULL.
    #expect(try await synchronous(.process) == 1)
    #expect(try await synchronous(.power) == 2)
    #expect(try await synchronous(.power) == 2)
    #expect(try await synchronous(.process) == 1)
  }

  @Test("Both connections of a store leave checkpoints to the one who is asked")
  func noAutomaticCheckpoint() async throws {
    let store = try await Store.openNotes(path)
    #expect(try await store.write { try $0.first("PRAGMA wal_autocheckpoint") { $0.int(0) } } == 0)
    #expect(try await store.read { try $0.first("PRAGMA wal_autocheckpoint") { $0.int(0) } } == 0)
  }

  @Test("A checkpoint empties the log and loses nothing")
  func checkpoint() async throws {
    let store = try await Store.openNotes(path)
    for number in 0..<50 { try await store.addNote(String(repeating: "x", count: 2000) + "\(number)") }
    #expect(try size(path + "-wal") > 50 * 2000)
    #expect(try await store.checkpoint())
    #expect(try size(path + "-wal") == 0)
    #expect(try await store.noteCount() == 50)
  }

  @Test("A checkpoint gives way to a reader, says so, and succeeds after it")
  func checkpointWithReader() async throws {
    let store = try await Store.openNotes(path)
    let other = try await Store.openNotes(path)
    try await store.addNote("first")
    let (reading, release) = (Signal(), DispatchSemaphore(value: 0))
    let reader = Task {
      try await other.read { transaction in
        _ = try transaction.first("SELECT count(*) FROM note") { $0.int(0) }
        reading.give()
        release.wait()
      }
    }
    await reading.wait()
    try await store.addNote("second")
    #expect(try await !store.checkpoint())
    release.signal()
    try await reader.value
    #expect(try await store.checkpoint())
    #expect(try await store.noteCount() == 2)
  }

  @Test("A copy of a store in use holds what was committed, opens as a store, and is for its owner only")
  func copy() async throws {
    let store = try await Store.openNotes(path)
    for number in 0..<20 { try await store.addNote("\(number)") }
    let writing = Task { for number in 20..<60 { try await store.addNote("\(number)") } }
    try await store.copy(to: folder.file("copy.db"))
    try await writing.value
    let copy = try await Store.openNotes(folder.file("copy.db"))
    let count = try await copy.noteCount()
    #expect((20...60).contains(count))
    let texts = try await copy.read { try $0.query("SELECT text FROM note ORDER BY id") { $0.text(0) } }
    #expect(texts == (0..<count).map { "\($0)" })
    #expect(try mode(folder.file("copy.db")) == 0o600)
  }

  @Test("A copy never overwrites a file")
  func copyOntoFile() async throws {
    let store = try await Store.openNotes(path)
    try await store.addNote("kept")
    try Data("precious".utf8).write(to: URL(fileURLWithPath: folder.file("other")))
    #expect(await databaseError { try await store.copy(to: folder.file("other")) } != nil)
    #expect(await databaseError { try await store.copy(to: path) } != nil)
    #expect(try String(contentsOfFile: folder.file("other"), encoding: .utf8) == "precious")
    #expect(try await store.noteCount() == 1)
  }
}

func size(_ path: String) throws -> Int {
  try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int ?? -1
}

func mode(_ path: String) throws -> Int {
  try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int ?? -1
}
