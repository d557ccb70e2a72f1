import Foundation

/// The gate beside a SQLite file that makes waiting for its write lock fair between processes.
///
/// SQLite's own busy time-out is not: a process that sleeps loses against those that retry. Here every writer first passes
/// through a *shared* lock on the gate file; one that has waited too long for the write lock takes the gate *exclusively*,
/// so that nobody new begins before it. The lock is `flock`: it dies with its holder. It is a courtesy, not a safeguard:
/// passing gives up at a deadline and the write lock itself decides.
struct Gate: ~Copyable {
  /// How long a stopped holder may keep the others from passing.
  private static let passingMicrosecondsMax = 1_000_000

  private let file: Int32

  /// Opens or creates the gate file of a store, `PATH.gate`, with mode 0600. Throws `readOnly` and `cannotOpen`.
  init(of store: String) throws(DatabaseError) {
    file = open(store + ".gate", O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    guard file >= 0 else { throw .opening(store, code: errno) }
  }

  deinit {
    close(file)
  }

  /// Notes in the gate file that the store beside it holds a schema: should the store be without a byte some day, it was cut
  /// off, and is no new one.
  static func noteUse(of store: String) throws(DatabaseError) {
    guard !knowsUse(of: store) else { return }
    let file = open(store + ".gate", O_WRONLY | O_APPEND | O_CLOEXEC)
    guard file >= 0 else { throw .opening(store, code: errno) }
    defer { close(file) }
    guard write(file, "used\n", 5) == 5 else { throw .opening(store, code: errno) }
  }

  /// Whether the store was used before, as far as its gate file knows.
  static func knowsUse(of store: String) -> Bool {
    var status = stat()
    return stat(store + ".gate", &status) == 0 && status.st_size > 0
  }

  /// Waits while another process holds the gate, at most a second.
  func pass() {
    var waited = 0
    while flock(file, LOCK_SH | LOCK_NB) != 0 {
      guard waited < Self.passingMicrosecondsMax else { return }
      usleep(200)
      waited += 200
    }
    flock(file, LOCK_UN)
  }

  /// Takes the gate if it is free right now.
  func takeIfFree() -> Bool {
    flock(file, LOCK_EX | LOCK_NB) == 0
  }

  /// Takes the gate, waiting at most `limit`; false when it stayed taken.
  func take(within limit: Duration) -> Bool {
    let clock = ContinuousClock()
    let deadline = clock.now + limit
    while !takeIfFree() {
      guard clock.now < deadline else { return false }
      usleep(500)
    }
    return true
  }

  func leave() {
    flock(file, LOCK_UN)
  }
}
