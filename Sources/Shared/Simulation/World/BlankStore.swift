import Database
import Foundation
import LeadStore
import Timekeeping

/// A store with nothing but its schema. Made once: a world begins with a copy, since the schema's history takes as long as
/// hours of a world's life.
enum BlankStore {
  private static let content = Result { try make() }

  /// Puts a copy at `path`, where no file is.
  static func put(at path: String) throws {
    try content.get().write(to: URL(fileURLWithPath: path))
  }

  /// In the working directory, where nothing is left behind.
  private static func make() throws -> Data {
    let path = "blank.db"
    defer { for ending in ["", "-wal", "-shm"] { try? FileManager.default.removeItem(atPath: path + ending) } }
    try Data().write(to: URL(fileURLWithPath: path))
    do {
      let connection = try SQLiteConnection(path: path, access: .readWrite)
      try connection.execute("BEGIN")
      try Migrator(steps: LeadStore.steps(on: .sqlite)).migrate(connection, path: path, now: Timestamp(milliseconds: 0))
      try connection.execute("COMMIT; PRAGMA wal_checkpoint(TRUNCATE)")
    }
    return try Data(contentsOf: URL(fileURLWithPath: path))
  }
}
