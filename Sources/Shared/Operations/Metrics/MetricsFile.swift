import Glibc

/// A file of metrics that others read while it is renewed: it is always whole. Readable by everybody (0644, whatever the
/// umask), since who collects metrics runs as another user; it holds counts and times only.
struct MetricsFile: Sendable {
  /// Why it could not be written, without the path.
  struct Failure: Error, Equatable {
    let reason: String

    fileprivate init(_ code: Int32) {
      reason = String(cString: strerror(code))
    }
  }

  let path: String

  init(path: String) {
    self.path = path
  }

  /// The file's name without `.prom`: tells the processes of a machine apart, and stays over restarts.
  var process: String {
    let name = path.split(separator: "/").last.map(String.init) ?? path
    return name.hasSuffix(".prom") ? String(name.dropLast(5)) : name
  }

  /// Puts `text` in the place of what stood there. Under its other name, which collectors of `*.prom` pass over, it may be left
  /// behind by a process that is killed meanwhile; the next one of that number writes over it.
  func replace(with text: String) throws(Failure) {
    let part = "\(path).\(getpid()).part"
    let descriptor = open(part, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0o644)
    guard descriptor >= 0 else { throw Failure(errno) }
    var failure = fchmod(descriptor, 0o644) == 0 ? 0 : errno
    if failure == 0 { failure = Descriptor.write(text, to: descriptor) }
    if close(descriptor) != 0, failure == 0 { failure = errno }
    if failure == 0, rename(part, path) != 0 { failure = errno }
    guard failure == 0 else {
      unlink(part)
      throw Failure(failure)
    }
  }
}
