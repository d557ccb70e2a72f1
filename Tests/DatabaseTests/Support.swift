import CSQLite
import Foundation
import TestSupport
import Timekeeping

@testable import Database

/// A fixed moment; nothing here depends on the time.
let noon = Timestamp(milliseconds: 1_772_463_600_000)

/// One table for anything.
let notes = [
  SchemaStep(
    version: 1, name: "notes",
    sql: "CREATE TABLE note (id INTEGER PRIMARY KEY, text TEXT, number INTEGER CHECK (number <> 13)) STRICT;")
]

extension Store {
  /// Waits for longer than a program would: the disk of a busy build machine may stand still for ten seconds.
  static func openNotes(_ path: String) async throws -> Store { try await openPatiently(path, notes) }

  static func openPatiently(_ path: String, _ steps: [SchemaStep]) async throws -> Store {
    try await open(path: path, steps: steps, now: noon, waitMax: .seconds(60))
  }

  func addNote(_ text: String, _ durability: Durability = .process) async throws {
    _ = try await write(durability) { try $0.run("INSERT INTO note (text) VALUES ($1)", [.text(text)]) }
  }

  func noteCount() async throws -> Int {
    try await read { try $0.first("SELECT count(*) FROM note") { $0.int(0) } } ?? -1
  }
}

/// The error that `body` throws; nil when it throws none, or another kind.
func databaseError(_ body: () async throws -> Void) async -> DatabaseError? {
  do {
    try await body()
    return nil
  } catch {
    return error as? DatabaseError
  }
}

/// A connection past our own wrapper: what a stranger does to the file.
final class RawConnection {
  private let handle: OpaquePointer

  struct Refused: Error {
    let code: Int32
    let message: String
  }

  init(_ path: String) throws {
    var opened: OpaquePointer?
    let code = sqlite3_open_v2(path, &opened, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, nil)
    guard code == SQLITE_OK, let opened else { throw Refused(code: code, message: "open") }
    handle = opened
    sqlite3_busy_timeout(handle, 5000)
  }

  deinit {
    sqlite3_close_v2(handle)
  }

  func execute(_ sql: String) throws {
    let code = sqlite3_exec(handle, sql, nil, nil, nil)
    guard code == SQLITE_OK else { throw Refused(code: code, message: String(cString: sqlite3_errmsg(handle))) }
  }
}

/// The gate of a store as another process holds it.
final class RawGate {
  private let file: Int32

  init(of store: String) throws {
    file = open(store + ".gate", O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    guard file >= 0 else { throw RawConnection.Refused(code: errno, message: "gate") }
  }

  deinit {
    close(file)
  }

  func take() -> Bool { flock(file, LOCK_EX | LOCK_NB) == 0 }
  func leave() { flock(file, LOCK_UN) }
}
