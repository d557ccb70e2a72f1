import Synchronization

/// How often somebody may be wrong about the token: a few times a minute from one address, and some more in all.
final class AttemptLimit: Sendable {
  static let window = Duration.seconds(60)
  static let perAddressMax = 5
  static let totalMax = 60

  private let failures = Mutex<[(address: String, at: ContinuousClock.Instant)]>([])

  /// Whether another attempt is heard at all.
  func admits(_ address: String, now: ContinuousClock.Instant) -> Bool {
    failures.withLock { failures in
      failures.removeAll { now - $0.at >= Self.window }
      return failures.count < Self.totalMax && failures.count { $0.address == address } < Self.perAddressMax
    }
  }

  func noteFailure(_ address: String, now: ContinuousClock.Instant) {
    failures.withLock { $0.append((address, now)) }
  }
}
