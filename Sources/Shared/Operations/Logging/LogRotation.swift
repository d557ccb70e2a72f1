#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// When a log is set aside and a new one begun, and how many are kept: `LOG.1` is the latest, `LOG.2` the one before.
package struct LogRotation: Sendable, Equatable {
  /// A larger file is set aside; nil: whatever its size.
  package var bytesMax: Int64?
  /// A file whose first line is older is set aside; nil: whatever its age.
  package var ageMax: Duration?
  /// Files that were set aside, at least 1; older ones are removed.
  package var keptFiles: Int

  /// Never: somebody else rotates, or nobody.
  package static let never = LogRotation(bytesMax: nil, ageMax: nil, keptFiles: 1)

  package init(bytesMax: Int64?, ageMax: Duration?, keptFiles: Int) {
    precondition(keptFiles >= 1, "what was just set aside is kept")
    self.bytesMax = bytesMax
    self.ageMax = ageMax
    self.keptFiles = keptFiles
  }

  /// So many are looked for; the configuration allows no more.
  package static let keptFilesMax = 1000

  /// The log at `path` and those that were set aside, as far as they are there, oldest first.
  package static func files(of path: String) -> [String] {
    var names: [String] = []
    for number in 1...keptFilesMax {
      let name = "\(path).\(number)"
      guard access(name, F_OK) == 0 else { break }
      names.append(name)
    }
    return names.reversed() + (access(path, F_OK) == 0 ? [path] : [])
  }
}

/// The turn of one process to set a log aside, held by an advisory lock on `LOG.lock`. Whoever does not get it goes on writing,
/// and finds the new file by itself.
struct RotationTurn: ~Copyable {
  private let descriptor: Int32

  /// Nil where another one has the turn. Throws the reason why the lock cannot be had at all.
  static func take(for path: String) throws(LogFile.Failure) -> RotationTurn? {
    let descriptor = open(path + ".lock", O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw LogFile.Failure(errno) }
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
      close(descriptor)
      return nil
    }
    return RotationTurn(descriptor: descriptor)
  }

  private init(descriptor: Int32) {
    self.descriptor = descriptor
  }

  deinit {
    close(descriptor)
  }

  /// Gives every file that was set aside the next number, and the log at `path` the first. The oldest goes.
  func shift(_ path: String, keeping count: Int) throws(LogFile.Failure) {
    // A smaller number than before leaves files behind that nobody would remove any more.
    var last = count
    while last < LogRotation.keptFilesMax, access("\(path).\(last + 1)", F_OK) == 0 {
      last += 1
      guard unlink("\(path).\(last)") == 0 || errno == ENOENT else { throw LogFile.Failure(errno) }
    }
    for number in stride(from: count - 1, through: 1, by: -1) {
      guard rename("\(path).\(number)", "\(path).\(number + 1)") == 0 || errno == ENOENT else {
        throw LogFile.Failure(errno)
      }
    }
    guard rename(path, "\(path).1") == 0 else { throw LogFile.Failure(errno) }
  }
}
