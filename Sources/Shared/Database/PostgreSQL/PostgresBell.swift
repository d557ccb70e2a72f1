import Glibc
import Synchronization

/// Hears what the commits of all processes announce: one connection that does nothing but LISTEN, made when the first listener
/// comes. What happens while it is broken is made up for by one ring of all bells.
final class PostgresBell: Bell {
  /// How often it looks whether it is still wanted.
  private static let attention = Duration.milliseconds(500)

  private struct Listener: Sendable {
    let heard: @Sendable (Set<Notice>) -> Void
    let isWanted: Listening.Flag
  }

  /// What the thread and the bell share.
  private final class Room: Sendable {
    struct State: Sendable {
      var listeners: [Listener] = []
      var isRunning = false
      var isOver = false
    }
    let state = Mutex(State())

    /// Forgets those who are gone, and tells the others.
    func tell(_ notices: Set<Notice>) {
      // Whoever is forgotten may be the last to hold the store, and with it this bell: not within the lock.
      let (wanted, gone) = state.withLock { state in
        var (wanted, gone): ([Listener], [Listener]) = ([], [])
        for listener in state.listeners {
          if listener.isWanted.withLock({ $0 }) { wanted.append(listener) } else { gone.append(listener) }
        }
        state.listeners = wanted
        return (wanted, gone)
      }
      withExtendedLifetime(gone) {
        guard !notices.isEmpty else { return }
        for listener in wanted { listener.heard(notices) }
      }
    }
  }

  private let address: ServerAddress
  private let room = Room()

  init(_ address: ServerAddress) {
    self.address = address
  }

  deinit {
    room.state.withLock { $0.isOver = true }
  }

  /// The server announces commits by itself.
  func ring(_ notices: Set<Notice>) {}

  func listen(_ heard: @escaping @Sendable (Set<Notice>) -> Void) -> Listening {
    let listening = Listening()
    let isFirst = room.state.withLock { state in
      state.listeners.append(Listener(heard: heard, isWanted: listening.isWanted))
      defer { state.isRunning = true }
      return !state.isRunning
    }
    if isFirst {
      DedicatedThread.start(name: "doorbell") { [room, address] in Self.attend(room, address) }
    }
    return listening
  }

  private static func attend(_ room: Room, _ address: ServerAddress) {
    var pause: UInt32 = 50_000
    while !room.state.withLock({ $0.isOver }) {
      do {
        let connection = try PostgresConnection(
          url: address.url, options: PostgresOptions(readOnly: true, applicationName: "lead-queue doorbell"))
        try connection.execute("LISTEN \(PostgresName.quoted(address.schema))")
        pause = 50_000
        room.tell(Set(Notice.allCases))
        while !room.state.withLock({ $0.isOver }) {
          room.tell(try connection.notifications(within: attention).reduce(into: []) { $0.formUnion(notices(of: $1)) })
        }
      } catch {
        // Listeners look by themselves meanwhile.
        usleep(pause)
        pause = min(pause * 2, 2_000_000)
      }
    }
  }

  /// Digits that stand for the notices.
  static func payload(of notices: Set<Notice>) -> String {
    notices.map(\.rawValue).sorted().map(String.init).joined()
  }

  private static func notices(of payload: String) -> Set<Notice> {
    Set(payload.compactMap { Int(String($0)).flatMap(Notice.init(rawValue:)) })
  }
}
