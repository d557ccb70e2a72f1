import Glibc
import Leads

/// A file seen through a window of bounded size that only moves forward.
///
/// Bytes `0..<count` of `bytes` are in view. Reading instead of mapping: a file cut short by somebody else while it is
/// read is then a short file, not a crash.
struct FileWindow: ~Copyable {
  /// The largest record that is read, and the memory that reading takes.
  static let bytesMax = 1 << 20

  private let descriptor: Int32
  private let path: String
  /// As the file was when it was opened.
  let fingerprint: SourceFingerprint

  private(set) var bytes = [UInt8](repeating: 0, count: bytesMax)
  private(set) var count = 0
  /// The file has no bytes beyond the window.
  private(set) var isAtEnd = false
  /// The last line asked for, and the offset it was asked for: the next question is about a place near by.
  private var known = (offset: 0, line: 1)

  /// Opens the regular file at `path`. Throws `missing`, `notAFile` or `unreadable`.
  init(path: String) throws(SourceError) {
    // Without O_NONBLOCK, opening a pipe would wait for a writer.
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { throw SourceError(errno: errno, path: path) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else {
      let failure = SourceError(errno: errno, path: path)
      close(descriptor)
      throw failure
    }
    guard let fingerprint = SourceFingerprint(status) else {
      close(descriptor)
      throw .notAFile(path: path)
    }
    self.descriptor = descriptor
    self.path = path
    self.fingerprint = fingerprint
  }

  deinit {
    close(descriptor)
  }

  /// As the file is now. Throws `unreadable`.
  func currentFingerprint() throws(SourceError) -> SourceFingerprint? {
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw SourceError(errno: errno, path: path) }
    return SourceFingerprint(status)
  }

  var isFull: Bool { count == bytes.count }

  /// The line, from 1, that the byte at `offset` of the window is on.
  mutating func line(at offset: Int) -> Int {
    let line =
      offset >= known.offset
      ? known.line + newlines(in: known.offset..<offset)
      : known.line - newlines(in: offset..<known.offset)
    known = (offset, line)
    return line
  }

  /// `RecordScanner.scan` over what is in view.
  func scan(
    from start: Int, with scanner: inout RecordScanner, into record: inout RawRecord
  ) throws(ScanFailure) -> ScannedValue {
    try scanner.scan(bytes.span.extracting(0..<count), from: start, isFinal: isAtEnd, into: &record)
  }

  /// Drops the bytes before `offset` from view and fills the window from the file. Throws `unreadable`.
  mutating func advance(to offset: Int) throws(SourceError) {
    known = (0, line(at: offset))
    let rest = count - offset
    bytes.withUnsafeMutableBytes { all in
      guard let base = all.baseAddress, offset > 0 else { return }
      memmove(base, base + offset, rest)
    }
    count = rest
    while count < bytes.count, !isAtEnd {
      let start = count
      let got = bytes.withUnsafeMutableBytes { all in
        all.baseAddress.map { read(descriptor, $0 + start, all.count - start) } ?? 0
      }
      if got < 0 {
        if errno == EINTR { continue }
        throw .unreadable(path: path, reason: String(cString: strerror(errno)))
      }
      isAtEnd = got == 0
      count += got
    }
  }

  private func newlines(in range: Range<Int>) -> Int {
    bytes.withUnsafeBufferPointer { all in
      var found = 0
      for byte in all[range] { found &+= byte == UInt8(ascii: "\n") ? 1 : 0 }
      return found
    }
  }
}
