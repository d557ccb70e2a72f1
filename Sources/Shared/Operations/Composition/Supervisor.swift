package import Database
import Glibc

/// Tells the supervisor that started the program how it fares, by systemd's protocol: one datagram of `NAME=value` lines to
/// the socket named by `NOTIFY_SOCKET` (https://www.freedesktop.org/software/systemd/man/sd_notify.html). Without that variable
/// nothing is said. A datagram that cannot be sent is dropped: the supervisor's own time-outs stand behind it.
package struct Supervisor: Sendable {
  private let socketPath: String?
  /// How long the supervisor lets the program be silent; nil: as long as it likes.
  private let patience: Duration?

  /// Of this process. `environment` holds `NOTIFY_SOCKET`, `WATCHDOG_USEC` and `WATCHDOG_PID`.
  package init(environment: [String: String], processID: Int32 = getpid()) {
    socketPath = environment["NOTIFY_SOCKET"].flatMap { $0.isEmpty ? nil : $0 }
    let isMeant = environment["WATCHDOG_PID"].map { $0 == "\(processID)" } ?? true
    patience =
      isMeant
      ? environment["WATCHDOG_USEC"].flatMap { Int64($0) }.flatMap { $0 > 0 ? .microseconds($0) : nil } : nil
  }

  /// Runs `body` as the program's work: says that it begins, and shows that the program lives until `body` ends.
  package func attended<Value: Sendable>(
    _ store: Store, _ body: () async throws -> Value
  ) async throws -> Value {
    say("READY=1")
    return try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { await attest(store) }
      defer { group.cancelAll() }
      return try await body()
    }
  }

  /// The program was told to end, and drains.
  package func stopping() { say("STOPPING=1") }

  /// Twice within the supervisor's patience, until it is cancelled: tasks still run, and the store answered, if only with an
  /// error. A store that is down does not make it restart programs that wait; one that hangs is restarted, and its leases run
  /// out.
  private func attest(_ store: Store) async {
    guard socketPath != nil, let patience else { return }
    while !Task.isCancelled {
      _ = try? await store.read { _ in }
      say("WATCHDOG=1")
      try? await Task.sleep(for: patience / 2)
    }
  }

  private func say(_ text: String) {
    guard let socketPath, var address = Self.address(of: socketPath) else { return }
    let descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    guard descriptor >= 0 else { return }
    defer { close(descriptor) }
    var text = text
    text.withUTF8 { bytes in
      withUnsafePointer(to: &address.value) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
          _ = sendto(descriptor, bytes.baseAddress, bytes.count, Int32(MSG_NOSIGNAL), generic, address.length)
        }
      }
    }
  }

  /// Nil for a path that does not fit. `@` stands for the NUL byte that begins an abstract name.
  private static func address(of path: String) -> (value: sockaddr_un, length: socklen_t)? {
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    let isAbstract = path.hasPrefix("@")
    let bytes = Array(path.utf8)
    guard bytes.count < MemoryLayout.size(ofValue: address.sun_path) else { return nil }
    withUnsafeMutableBytes(of: &address.sun_path) { room in
      room.copyBytes(from: bytes)
      if isAbstract { room[0] = 0 }
    }
    let head = MemoryLayout<sockaddr_un>.offset(of: \.sun_path) ?? 2
    // The length of an abstract name counts; a path ends with its NUL byte.
    return (address, socklen_t(head + bytes.count + (isAbstract ? 0 : 1)))
  }
}
