import Glibc

/// What a file looked like without reading it; an equal fingerprint means that it need not be read again.
///
/// From `stat`: size, time of the last change in nanoseconds, inode and device. A file replaced by another one has another
/// inode, a file written to has another time.
package struct SourceFingerprint: Sendable, Hashable, CustomStringConvertible {
  /// Bytes.
  package let size: Int64
  /// Nanoseconds since 1970 UTC, by the file system's clock.
  package let modifiedNanoseconds: Int64
  package let inode: UInt64
  package let device: UInt64

  /// Of the regular file at `path`, following symbolic links. Throws `missing`, `notAFile` or `unreadable`.
  package init(path: String) throws(SourceError) {
    var status = stat()
    guard stat(path, &status) == 0 else { throw SourceError(errno: errno, path: path) }
    guard let fingerprint = SourceFingerprint(status) else { throw .notAFile(path: path) }
    self = fingerprint
  }

  /// Nil unless `status` is of a regular file.
  init?(_ status: stat) {
    guard status.st_mode & S_IFMT == S_IFREG else { return nil }
    size = Int64(status.st_size)
    modifiedNanoseconds = Int64(status.st_mtim.tv_sec) * 1_000_000_000 + Int64(status.st_mtim.tv_nsec)
    inode = UInt64(status.st_ino)
    device = UInt64(status.st_dev)
  }

  /// Reads `description` back; nil for any other text.
  package init?(_ text: String) {
    let parts = text.split(separator: ":", omittingEmptySubsequences: false)
    guard parts.count == 4, let size = Int64(parts[0]), let modified = Int64(parts[1]), let inode = UInt64(parts[2]),
      let device = UInt64(parts[3])
    else { return nil }
    self.size = size
    self.modifiedNanoseconds = modified
    self.inode = inode
    self.device = device
  }

  /// Reads back a text that begins with `description` and goes on behind a blank; nil for any other text.
  package init?(beginningOf text: String) {
    self.init(String(text.prefix { $0 != " " }))
  }

  /// `size:mtime:inode:device`, for the store.
  package var description: String { "\(size):\(modifiedNanoseconds):\(inode):\(device)" }
}

extension SourceError {
  /// What a failed call of the operating system means for the file.
  init(errno code: Int32, path: String) {
    switch code {
    case ENOENT, ENOTDIR: self = .missing(path: path)
    default: self = .unreadable(path: path, reason: String(cString: strerror(code)))
    }
  }
}
