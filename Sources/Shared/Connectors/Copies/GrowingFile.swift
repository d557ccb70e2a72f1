import Glibc

/// A file that only grows, written so that each part of it stands there exactly once although the writer may die at any point:
/// the writer remembers how long the file was when it was last known to be right, and writes the same bytes there again.
package struct GrowingFile: ~Copyable {
  private let descriptor: Int32
  private let path: String

  /// Why nothing was written. Names the path, never the content.
  package enum Failure: Error, Sendable, Equatable, CustomStringConvertible {
    /// Another process is writing.
    case busy(path: String)
    case notPossible(path: String, reason: String)

    package var description: String {
      switch self {
      case .busy(let path): "\(path) is being written by another process"
      case .notPossible(let path, let reason): "\(path) cannot be written: \(reason)"
      }
    }
  }

  /// Opens or makes the file, which its owner alone may read (mode 0600), with its folder (mode 0700), and keeps others out until
  /// it is given up.
  package init(path: String) throws(Failure) {
    let folder = String(path[..<(path.lastIndex(of: "/") ?? path.startIndex)])
    if !folder.isEmpty, mkdir(folder, 0o700) != 0, errno != EEXIST { throw Self.failure(folder) }
    let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
    guard descriptor >= 0 else { throw Self.failure(path) }
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
      let failure: Failure = errno == EWOULDBLOCK ? .busy(path: path) : Self.failure(path)
      close(descriptor)
      throw failure
    }
    self.descriptor = descriptor
    self.path = path
  }

  deinit {
    close(descriptor)
  }

  /// Sees to it that `part` stands in the file behind the first `known` bytes, synced to the disk, and returns how long the file
  /// is up to its end.
  ///
  /// What stands behind `known` already is the beginning of `part`, or all of it, from a writer that died, and is not written
  /// twice. Anything else is somebody else's, stays, and `part` goes behind it. A file that is shorter than `known` was cut or
  /// moved away by a person: `part` goes to its end.
  package func append(_ part: [UInt8], behind known: Int64) throws(Failure) -> Int64 {
    let size = Int64(lseek(descriptor, 0, SEEK_END))
    guard size >= 0 else { throw Self.failure(path) }
    var start = min(known, size)
    let there = try read(from: start, count: Int(min(size - start, Int64(part.count))))
    if !part.starts(with: there) { start = size }
    let missing = start == size ? part[...] : part[there.count...]
    try write(missing, at: start + Int64(part.count - missing.count))
    guard fdatasync(descriptor) == 0 else { throw Self.failure(path) }
    return start + Int64(part.count)
  }

  private func read(from start: Int64, count: Int) throws(Failure) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: count)
    var done = 0
    while done < count {
      let got = bytes.withUnsafeMutableBytes { all in
        all.baseAddress.map { pread(descriptor, $0 + done, count - done, off_t(start) + off_t(done)) } ?? 0
      }
      if got < 0, errno == EINTR { continue }
      guard got >= 0 else { throw Self.failure(path) }
      if got == 0 { break }
      done += got
    }
    return Array(bytes.prefix(done))
  }

  private func write(_ bytes: ArraySlice<UInt8>, at start: Int64) throws(Failure) {
    var done = 0
    while done < bytes.count {
      let put = bytes.withUnsafeBytes { all in
        all.baseAddress.map { pwrite(descriptor, $0 + done, all.count - done, off_t(start) + off_t(done)) } ?? 0
      }
      if put < 0, errno == EINTR { continue }
      guard put > 0 else { throw Self.failure(path) }
      done += put
    }
  }

  private static func failure(_ path: String) -> Failure {
    .notPossible(path: path, reason: String(cString: strerror(errno)))
  }
}
