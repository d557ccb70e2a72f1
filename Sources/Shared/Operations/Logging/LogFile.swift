import Synchronization
package import Timekeeping

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// The file of the activity log. Several processes append to the same one: it is opened with `O_APPEND` and every line is
/// one `write(2)`, so lines never mix. Created with mode 0600.
///
/// Whoever's line makes it too large, or finds it too old, sets it aside (`LogRotation`); all others, and this one too when
/// somebody else moved the file away, notice before their next line that another file stands at the path. A line that is being
/// written meanwhile goes to the file that was set aside, so that none is lost.
package final class LogFile: Sendable {
  /// Why a file cannot be written.
  struct Failure: Error {
    let reason: String

    init(_ code: Int32) {
      reason = String(cString: strerror(code))
    }
  }

  package let path: String
  private let state: Mutex<State>

  private struct State {
    /// -1 while the file cannot be opened.
    var descriptor: Int32 = -1
    var inode: ino_t = 0
    var device: dev_t = 0
    /// The time of its first line; nil where it has none yet, or none that can be read.
    var startedAt: Timestamp?
    var rotation: LogRotation
  }

  /// Does not open the file; `open()` does.
  package init(path: String, rotation: LogRotation = .never) {
    self.path = path
    state = Mutex(State(rotation: rotation))
  }

  deinit {
    state.withLock { if $0.descriptor >= 0 { close($0.descriptor) } }
  }

  /// When the file is set aside. May be changed while running.
  package var rotation: LogRotation {
    get { state.withLock { $0.rotation } }
    set { state.withLock { $0.rotation = newValue } }
  }

  /// Opens the file, or opens it again after it was moved away. Gives the reason when it cannot be written, else nil.
  package func open() -> String? {
    state.withLock { state in Self.reason { () throws(Failure) in try reopen(&state) } }
  }

  /// Appends one line that is written at `time`; `line` has no newline. Gives the reason when it was not written, or when the
  /// file that is due could not be set aside, else nil; nothing is written, and nothing said again, while the file is not open.
  package func append(_ line: String, at time: Timestamp) -> String? {
    state.withLock { state in
      guard state.descriptor >= 0 else { return nil }
      return Self.reason { () throws(Failure) in
        let lost = Self.reason { () throws(Failure) in try follow(&state) }
        // Before the line, so that the file does not outgrow its bound by more than a line.
        let rotated = Self.reason { () throws(Failure) in
          if try isDue(state, adding: line.utf8.count + 1, at: time) {
            try rotate(&state, adding: line.utf8.count + 1, at: time)
          }
        }
        let failure = Descriptor.write(line + "\n", to: state.descriptor)
        guard failure == 0 else { throw Failure(failure) }
        if state.startedAt == nil { state.startedAt = time }
        if let rotated { throw Failure(setAside: rotated) }
        if let lost { throw Failure(lost: lost) }
      }
    }
  }

  private static func reason(_ body: () throws(Failure) -> Void) -> String? {
    do {
      try body()
      return nil
    } catch {
      return error.reason
    }
  }

  /// The file that stands at the path now, should it be another one than ours.
  private func follow(_ state: inout State) throws(Failure) {
    var status = stat()
    guard stat(path, &status) == 0 else { return try reopen(&state) }
    if status.st_ino != state.inode || status.st_dev != state.device { try reopen(&state) }
  }

  /// Where no file can be opened at the path, lines go on to the one that was there.
  private func reopen(_ state: inout State) throws(Failure) {
    let opened = posixOpen(path)
    guard opened >= 0 else { throw Failure(errno) }
    if state.descriptor >= 0 { close(state.descriptor) }
    state.descriptor = opened
    var status = stat()
    guard fstat(state.descriptor, &status) == 0 else { throw Failure(errno) }
    (state.inode, state.device) = (status.st_ino, status.st_dev)
    state.startedAt = Self.firstTime(path)
  }

  private func isDue(_ state: State, adding bytes: Int, at time: Timestamp) throws(Failure) -> Bool {
    if let ageMax = state.rotation.ageMax, let startedAt = state.startedAt, time - startedAt > ageMax { return true }
    guard let bytesMax = state.rotation.bytesMax else { return false }
    var status = stat()
    guard fstat(state.descriptor, &status) == 0 else { throw Failure(errno) }
    // A line that is longer than the bound goes into a file of its own, not into none.
    return status.st_size > 0 && Int64(status.st_size) + Int64(bytes) > bytesMax
  }

  private func rotate(_ state: inout State, adding bytes: Int, at time: Timestamp) throws(Failure) {
    guard let turn = try RotationTurn.take(for: path) else { return }
    // Somebody else may have had the turn since.
    try follow(&state)
    guard try isDue(state, adding: bytes, at: time) else { return }
    try turn.shift(path, keeping: state.rotation.keptFiles)
    try reopen(&state)
  }

  /// The time in the first line of a log, in its text or its JSON form.
  private static func firstTime(_ path: String) -> Timestamp? {
    let file = posixOpen(reading: path)
    guard file >= 0 else { return nil }
    defer { close(file) }
    var bytes = [UInt8](repeating: 0, count: 64)
    let count = read(file, &bytes, bytes.count)
    guard count > 0 else { return nil }
    let text = String(decoding: bytes[..<count], as: UTF8.self)
    let time = text.hasPrefix(#"{"time":""#) ? text.dropFirst(9).prefix { $0 != "\"" } : text.prefix { $0 != " " }
    return ISO8601.timestamp(of: String(time))
  }
}

extension LogFile.Failure {
  /// The log was moved away, and no new one can be made.
  fileprivate init(lost reason: String) {
    self.reason = "it was moved away, lines go to where it is now: \(reason)"
  }

  /// The log is written, yet it could not be set aside.
  fileprivate init(setAside reason: String) {
    self.reason = "it is due to be rotated, but: \(reason)"
  }
}

/// `open(2)`; a name of its own because `LogFile.open` hides it.
private func posixOpen(reading path: String) -> Int32 { open(path, O_RDONLY | O_CLOEXEC) }

private func posixOpen(_ path: String) -> Int32 {
  open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0o600)
}
