/// Where the dashboard listens, and who may come in.
package struct DashboardSettings: Sendable {
  /// An address or name of this machine.
  package var host: String
  /// 0: a free one.
  package var port: Int
  /// What a visitor must know; nil: pages can be read by everybody who reaches the address, and nothing can be changed.
  package var token: String?
  /// Names beyond those of loopback and `host` under which it may be asked for, without port.
  package var allowedHosts: [String]
  /// Open connections at once.
  package var connectionsMax = 256
  /// Open event streams at once.
  package var streamsMax = 64
  /// How long a visitor may take for the head of a request, and for its body.
  package var requestTimeMax = Duration.seconds(10)
  /// How often the store is asked whether something changed, for all visitors together.
  package var pulse = Duration.milliseconds(500)
  /// Bytes of a request's head, and of its body.
  package static let requestBytesMax = 16_384
  /// The shortest token that is accepted.
  package static let tokenLengthMin = 16

  package init(host: String = "127.0.0.1", port: Int = 8080, token: String? = nil, allowedHosts: [String] = []) {
    self.host = host
    self.port = port
    self.token = token
    self.allowedHosts = allowedHosts
  }

  /// Whether nobody but this machine can reach it.
  package var isOnLoopback: Bool { Self.isLoopback(host) }

  /// `127.…`, `::1`, `localhost`.
  package static func isLoopback(_ host: String) -> Bool {
    if host == "localhost" || host == "::1" { return true }
    let parts = host.split(separator: ".", omittingEmptySubsequences: false)
    return parts.count == 4 && parts[0] == "127" && parts.allSatisfy { UInt8($0) != nil }
  }

  /// What is wrong with it, for people; nil: nothing. An address that others reach needs a token.
  package var problem: String? {
    if let token, token.count < Self.tokenLengthMin {
      return "LEAD_DASHBOARD_TOKEN has \(token.count) characters; it needs \(Self.tokenLengthMin) or more, "
        + "for instance: openssl rand -hex 24"
    }
    if token == nil, !isOnLoopback {
      return "\(host) can be reached from other machines. Set LEAD_DASHBOARD_TOKEN, or LEAD_DASHBOARD_TOKEN_FILE, to a "
        + "text of \(Self.tokenLengthMin) characters or more first, or leave --host out."
    }
    return nil
  }
}
