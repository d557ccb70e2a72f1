import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// The file of the activity log. Several processes append to the same one: it is opened with `O_APPEND` and every line is
/// one `write(2)`, so lines never mix. Created with mode 0600.
package final class LogFile: Sendable {
  package let path: String
  /// -1 while the file cannot be opened.
  private let descriptor: Mutex<Int32>

  /// Does not open the file; `open()` does.
  package init(path: String) {
    self.path = path
    descriptor = Mutex(-1)
  }

  deinit {
    descriptor.withLock { if $0 >= 0 { close($0) } }
  }

  /// Opens the file, or opens it again after it was moved away. Gives the reason when it cannot be written, else nil.
  package func open() -> String? {
    let opened = posixOpen(path)
    let failure = opened < 0 ? String(cString: strerror(errno)) : nil
    let former = descriptor.withLock { descriptor in
      defer { descriptor = opened }
      return descriptor
    }
    if former >= 0 { close(former) }
    return failure
  }

  /// Appends one line; `line` has no newline. Gives the reason when it was not written, else nil; nothing is written, and
  /// nothing said again, while the file is not open.
  package func append(_ line: String) -> String? {
    descriptor.withLock { descriptor in
      guard descriptor >= 0 else { return nil }
      let failure = Descriptor.write(line + "\n", to: descriptor)
      return failure == 0 ? nil : String(cString: strerror(failure))
    }
  }
}

/// `open(2)`; a name of its own because `LogFile.open` hides it.
private func posixOpen(_ path: String) -> Int32 {
  open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0o600)
}
