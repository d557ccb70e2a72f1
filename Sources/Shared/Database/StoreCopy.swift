import CLinux
import Foundation

/// A store as a file by itself, used by no process: a backup.
package enum StoreCopy {
  /// Runs `body` on the copy. Blocks; leaves nothing beside the file behind. Throws every `DatabaseError` of opening, and what
  /// `body` throws.
  package static func read<Value>(_ path: String, _ body: (Transaction) throws -> Value) throws -> Value {
    let connection = try SQLiteConnection(path: path, access: .readOnly)
    try connection.execute("BEGIN")
    let value = try body(Transaction(connection: connection))
    try connection.execute("COMMIT")
    return value
  }

  /// What SQLite finds wrong with its pages, indexes and references; nil when nothing is. Reads the whole file.
  package static func fault(in transaction: Transaction) throws -> String? {
    let found = try transaction.first("PRAGMA integrity_check(1)") { $0.text(0) }
    if let found, found != "ok" { return found }
    let dangling = try transaction.first("PRAGMA foreign_key_check") { $0.text(0) }
    return dangling.map { "a row of \($0) refers to one that is not there" }
  }

  /// Another process that has the store open, as far as this machine's processes go; nil: none has. This process must not have
  /// it open: looking would drop its locks.
  ///
  /// Every connection to a store with a write-ahead log holds a shared lock on byte 128 of its index file
  /// (https://sqlite.org/walformat.html#wal_locks, `WIN_SHM_DMS` in SQLite's os_unix.c).
  package static func user(of path: String) -> Int32? {
    let file = open(path + "-shm", O_RDWR | O_CLOEXEC)
    guard file >= 0 else { return nil }
    defer { close(file) }
    var lock = flock()
    lock.l_type = Int16(F_WRLCK)
    lock.l_whence = Int16(SEEK_SET)
    lock.l_start = 128
    lock.l_len = 1
    guard fcntl(file, F_GETLK, &lock) == 0, lock.l_type != Int16(F_UNLCK) else { return nil }
    return lock.l_pid
  }

  /// Makes the copy at `new` the store at `path`, in one step; both on one file system. What was there is kept as `aside`,
  /// with its write-ahead log if it cannot be moved into it. Nobody may have either open. Blocks; throws `DatabaseError`.
  package static func exchange(_ path: String, for new: String, keeping aside: String) throws {
    if FileManager.default.fileExists(atPath: path) {
      // A log that stayed behind would be replayed into the new file.
      if !isLogMoved(path) { try move(path + "-wal", to: aside + "-wal") }
      guard link(path, aside) == 0 else { throw failure(aside) }
    }
    for ending in ["-wal", "-shm"] { try remove(path + ending) }
    guard rename(new, path) == 0 else { throw failure(path) }
    try sync(folderOf: path)
  }

  /// False where the store is damaged.
  private static func isLogMoved(_ path: String) -> Bool {
    do {
      let connection = try SQLiteConnection(path: path, access: .readWrite)
      let busy = try connection.first("PRAGMA wal_checkpoint(TRUNCATE)") { $0.int(0) }
      return busy == 0
    } catch {
      return false
    }
  }

  private static func move(_ path: String, to other: String) throws {
    guard rename(path, other) == 0 || errno == ENOENT else { throw failure(path) }
  }

  private static func remove(_ path: String) throws {
    guard unlink(path) == 0 || errno == ENOENT else { throw failure(path) }
  }

  /// So that a name given by `rename` survives a power failure.
  package static func sync(folderOf path: String) throws {
    let folder = (path as NSString).deletingLastPathComponent
    let descriptor = open(folder.isEmpty ? "." : folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { throw failure(path) }
    defer { close(descriptor) }
    guard fsync(descriptor) == 0 else { throw failure(path) }
  }

  private static func failure(_ path: String) -> DatabaseError { .opening(path, code: errno) }
}
