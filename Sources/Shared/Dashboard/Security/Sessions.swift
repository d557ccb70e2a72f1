import Synchronization

/// A visitor who knew the token.
struct Session: Sendable, Equatable {
  /// Who it is by his own word, for the audit trail.
  var name: String
  /// What every form of this visitor carries, and no other site can know.
  var formToken: String
}

/// Signed-in visitors, in memory: a restart signs everybody out.
final class Sessions: Sendable {
  private struct Held {
    var session: Session
    var endsAt: ContinuousClock.Instant
  }

  /// So long a session lasts.
  static let lifetime = Duration.seconds(8 * 3600)
  /// More visitors than this push the oldest out.
  private static let countMax = 256

  private let held = Mutex<[String: Held]>([:])
  private let randomBytes: @Sendable (Int) -> [UInt8]

  /// `randomBytes` must be unpredictable.
  init(randomBytes: @escaping @Sendable (Int) -> [UInt8]) {
    self.randomBytes = randomBytes
  }

  /// Signs a visitor in. Returns the text of the cookie: 256 random bits.
  func begin(name: String, now: ContinuousClock.Instant) -> String {
    let id = hexadecimal(32)
    let session = Session(name: name, formToken: hexadecimal(32))
    held.withLock { held in
      held = held.filter { $0.value.endsAt > now }
      if held.count >= Self.countMax, let oldest = held.min(by: { $0.value.endsAt < $1.value.endsAt }) {
        held[oldest.key] = nil
      }
      held[id] = Held(session: session, endsAt: now + Self.lifetime)
    }
    return id
  }

  /// The session of a cookie; nil when there is none, or it is over.
  func find(_ id: String, now: ContinuousClock.Instant) -> Session? {
    held.withLock { held in
      guard let found = held[id] else { return nil }
      guard found.endsAt > now else {
        held[id] = nil
        return nil
      }
      return found.session
    }
  }

  func end(_ id: String) {
    held.withLock { $0[id] = nil }
  }

  private func hexadecimal(_ count: Int) -> String {
    let digits = Array("0123456789abcdef")
    return String(randomBytes(count).flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] })
  }
}
