#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Reads a small file whole.
enum TextFile {
  enum Failure: Error, Equatable {
    case missing
    case unreadable(String)
  }

  /// The file's text. Throws `missing` when nothing is there, `unreadable` for everything else: a folder, no permission,
  /// more than `bytesMax` bytes, not UTF-8.
  static func read(_ path: String, bytesMax: Int = 1 << 20) throws(Failure) -> String {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else {
      throw errno == ENOENT ? .missing : .unreadable(String(cString: strerror(errno)))
    }
    defer { close(descriptor) }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 16_384)
    while true {
      let count = posixRead(descriptor, &buffer, buffer.count)
      if count == 0 { break }
      if count < 0 {
        if errno == EINTR { continue }
        throw .unreadable(String(cString: strerror(errno)))
      }
      bytes.append(contentsOf: buffer[..<count])
      if bytes.count > bytesMax { throw .unreadable("it is larger than \(bytesMax) bytes") }
    }
    guard let text = String(validating: bytes, as: UTF8.self) else { throw .unreadable("it is not UTF-8 text") }
    return text
  }

  /// Whether anything is at the path; also true for what cannot be read, which reading then explains.
  static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }
}

/// `read(2)`; a name of its own because `TextFile.read` hides it.
private func posixRead(_ descriptor: Int32, _ buffer: UnsafeMutableRawPointer, _ count: Int) -> Int {
  read(descriptor, buffer, count)
}
