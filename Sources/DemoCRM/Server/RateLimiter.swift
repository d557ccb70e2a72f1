/// At most so many requests per 60 s of any one address, counted in a sliding window. Refused requests do not count.
struct RateLimiter: Sendable {
  private static let window = Duration.seconds(60)

  private let requestsMax: Int
  private var admissions: [String: [ContinuousClock.Instant]] = [:]

  /// `requestsPerMinute` 0 admits everything.
  init(requestsPerMinute: Int) {
    requestsMax = requestsPerMinute
  }

  /// Whether a request of `address` at `now` is within the limit; it counts if so. `now` never goes back.
  mutating func admits(_ address: String, at now: ContinuousClock.Instant) -> Bool {
    guard requestsMax > 0 else { return true }
    // Addresses that fell silent are forgotten, so that the table stays as large as the last minute.
    admissions = admissions.filter { $0.value.last.map { now - $0 < Self.window } ?? false }
    var recent = admissions[address, default: []]
    recent.removeAll { now - $0 >= Self.window }
    let isAdmitted = recent.count < requestsMax
    if isAdmitted { recent.append(now) }
    admissions[address] = recent
    return isAdmitted
  }
}
