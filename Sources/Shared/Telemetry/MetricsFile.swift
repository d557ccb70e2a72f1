import Glibc

/// A file of metrics that others read while it is renewed: it is always whole. Readable by everybody (0644, whatever the
/// umask), since who collects metrics runs as another user; it holds counts and times only.
package struct MetricsFile: Sendable {
  /// Why it could not be written, without the path.
  package struct Failure: Error, Equatable {
    package let reason: String

    fileprivate init(_ code: Int32) {
      reason = String(cString: strerror(code))
    }
  }

  package let path: String

  package init(path: String) {
    self.path = path
  }

  /// The file's name without `.prom`: tells the processes of a machine apart, and stays over restarts.
  package var process: String {
    let name = path.split(separator: "/").last.map(String.init) ?? path
    return name.hasSuffix(".prom") ? String(name.dropLast(5)) : name
  }

  /// Puts `text` in the place of what stood there. Under its other name, which collectors of `*.prom` pass over, it may be left
  /// behind by a process that is killed meanwhile; the next one of that number writes over it.
  package func replace(with text: String) throws(Failure) {
    let part = "\(path).\(getpid()).part"
    let descriptor = open(part, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0o644)
    guard descriptor >= 0 else { throw Failure(errno) }
    var failure = fchmod(descriptor, 0o644) == 0 ? 0 : errno
    if failure == 0 { failure = Self.write(text, to: descriptor) }
    if close(descriptor) != 0, failure == 0 { failure = errno }
    if failure == 0, rename(part, path) != 0 { failure = errno }
    guard failure == 0 else {
      unlink(part)
      throw Failure(failure)
    }
  }

  /// Returns 0, or the error's number.
  private static func write(_ text: String, to descriptor: Int32) -> Int32 {
    var rest = Array(text.utf8)[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
      if count < 0 {
        if errno == EINTR { continue }
        return errno
      }
      rest = rest.dropFirst(count)
    }
    return 0
  }
}
