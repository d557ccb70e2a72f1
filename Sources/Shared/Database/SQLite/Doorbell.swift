import CLinux
import Foundation
import Synchronization

/// What waiting processes are told at a commit.
public enum Notice: Int, Sendable, CaseIterable {
  /// Jobs were enqueued or became available.
  case work = 0
  /// Somebody asked running jobs to stop.
  case cancellation = 1
}

/// Wakes processes that wait for something to happen in a store, without a poll: a futex on a small file beside it, mapped
/// by all of them.
///
/// A ring is one atomic increment and one system call, whoever listens; it survives nobody's death, since there is nothing
/// to clean up. It carries no content, and may be missed (the file can be replaced): a slow poll stands behind it.
final class Doorbell: Bell {
  /// The first word counts all rings; then one for each notice.
  private static let size = 64
  /// How often a listener looks whether it is still wanted.
  private static let waitMilliseconds = 1000

  // The mapping is never moved and lives as long as this object; its words are only touched by atomic operations.
  nonisolated(unsafe) private let words: UnsafeMutablePointer<UInt32>

  /// Opens or creates `PATH.bell` with mode 0600. Throws `readOnly` and `cannotOpen`.
  init(of store: String) throws(DatabaseError) {
    let file = open(store + ".bell", O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    guard file >= 0 else { throw .opening(store, code: errno) }
    defer { close(file) }
    // Real blocks: writing into a hole of a mapped file on a full disk would kill the process.
    let code = posix_fallocate(file, 0, off_t(Self.size))
    guard code == 0 else { throw .opening(store, code: code) }
    let mapping = mmap(nil, Self.size, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0)
    guard let mapping, mapping != MAP_FAILED else { throw .opening(store, code: errno) }
    words = mapping.bindMemory(to: UInt32.self, capacity: Self.size / 4)
  }

  deinit {
    munmap(words, Self.size)
  }

  func ring(_ notices: Set<Notice>) {
    guard !notices.isEmpty else { return }
    for notice in notices { lq_increment(words + 1 + notice.rawValue) }
    lq_increment(words)
    lq_futex_wake_all(words)
  }

  /// Calls `heard` on a thread of its own at each ring, once for several that come together, until the returned object goes.
  func listen(_ heard: @escaping @Sendable (Set<Notice>) -> Void) -> Listening {
    let listening = Listening()
    let isWanted = listening.isWanted
    let before = counts()
    let thread = Thread { [self] in
      var seen = before
      while isWanted.withLock({ $0 }) {
        let now = counts()
        let fresh = Set(Notice.allCases.filter { now[$0.rawValue + 1] != seen[$0.rawValue + 1] })
        seen = now
        if !fresh.isEmpty { heard(fresh) }
        // Returns at once when somebody has rung since `now`.
        lq_futex_wait(words, now[0], Self.waitMilliseconds)
      }
    }
    thread.name = "doorbell"
    thread.stackSize = 512 << 10
    thread.start()
    return listening
  }

  private func counts() -> [UInt32] {
    // The sum first: what is rung while the rest is read changes it, and the wait returns at once.
    (0...Notice.allCases.count).map { lq_load(words + $0) }
  }
}

/// Listening goes on for as long as this object lives.
public final class Listening: Sendable {
  /// Shared with the thread, which outlives this object by up to a second.
  package final class Flag: Sendable {
    private let state = Mutex(true)
    package func withLock<Value>(_ body: (inout sending Bool) -> sending Value) -> Value { state.withLock(body) }
  }

  package let isWanted = Flag()

  package init() {}

  deinit {
    isWanted.withLock { $0 = false }
  }
}
