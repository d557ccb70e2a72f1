/// Who asks.
enum Visitor: Sendable, Equatable {
  /// May see nothing but the sign-in page.
  case stranger
  /// Reaches an address without a token: may read.
  case reader
  /// A program with the token in its header: may read.
  case program
  case person(Session)

  var mayRead: Bool { self != .stranger }
  var session: Session? {
    if case .person(let session) = self { session } else { nil }
  }
}

/// Decides who a request comes from and whether it may be heard. Knows headers, not the server.
struct Gate: Sendable {
  /// The headers that decisions rest on.
  struct Headers: Sendable {
    var host: String?
    var authorization: String?
    var cookie: String?
    var origin: String?
    var fetchSite: String?
    /// How the browser reached the proxy before us: `https`.
    var forwardedScheme: String?
  }

  static let cookieName = "lead_queue_session"

  private let settings: DashboardSettings
  private let allowedHosts: Set<String>
  let sessions: Sessions
  let attempts = AttemptLimit()

  init(settings: DashboardSettings, sessions: Sessions) {
    self.settings = settings
    self.sessions = sessions
    allowedHosts = Set((settings.allowedHosts + [settings.host]).map { Self.hostName($0) })
  }

  /// Whether the name under which it was asked for is one of its own: another site whose name is made to point here is not
  /// answered (DNS rebinding).
  func knowsHost(_ host: String?) -> Bool {
    guard let host, !host.isEmpty else { return false }
    let name = Self.hostName(host)
    return DashboardSettings.isLoopback(name) || allowedHosts.contains(name)
  }

  /// Without port and brackets, in lower case: `[::1]:8080` is `::1`.
  static func hostName(_ host: String) -> String {
    let host = host.lowercased()
    if host.hasPrefix("["), let end = host.firstIndex(of: "]") {
      return String(host[host.index(after: host.startIndex)..<end])
    }
    // A bare IPv6 address has more than one colon, and then no port.
    guard host.count(where: { $0 == ":" }) == 1 else { return host }
    return String(host.prefix { $0 != ":" })
  }

  /// Nil: this address was wrong too often and is not heard for a while.
  func visitor(_ headers: Headers, address: String, now: ContinuousClock.Instant) -> Visitor? {
    guard settings.token != nil else { return .reader }
    if let id = Self.sessionID(headers.cookie), let session = sessions.find(id, now: now) { return .person(session) }
    guard let authorization = headers.authorization else { return .stranger }
    let parts = authorization.split(separator: " ", maxSplits: 1)
    guard parts.count == 2, parts[0].lowercased() == "bearer" else { return .stranger }
    return knowsToken(String(parts[1]), address: address, now: now).map { $0 ? .program : .stranger }
  }

  /// Whether it is the token; nil: not heard for now.
  func knowsToken(_ given: String, address: String, now: ContinuousClock.Instant) -> Bool? {
    guard let token = settings.token else { return false }
    guard attempts.admits(address, now: now) else { return nil }
    guard ConstantTime.equals(given, token) else {
      attempts.noteFailure(address, now: now)
      return false
    }
    return true
  }

  /// The session's number among the cookies of a request.
  static func sessionID(_ cookie: String?) -> String? {
    cookie?.split(separator: ";").lazy.map { $0.drop { $0 == " " } }.first { $0.hasPrefix(cookieName + "=") }
      .map { String($0.dropFirst(cookieName.count + 1)) }
  }

  /// Whether a form was sent from a page of ours, as far as the browser tells. Without either header the form's own token
  /// decides alone.
  static func isFromOwnPage(_ headers: Headers) -> Bool {
    if let site = headers.fetchSite, site != "same-origin" { return false }
    guard let origin = headers.origin else { return true }
    guard let end = origin.firstRange(of: "://")?.upperBound, let host = headers.host else { return false }
    return origin[end...].lowercased() == host.lowercased()
  }
}
