import Foundation
import Leads

/// Logs in once for everybody: all requests of a client share one token, and whoever needs a new one while a login is
/// running waits for that login.
actor CRMLoginDesk {
  struct Token: Sendable, Equatable {
    let text: String
    /// The role the CRM named at the login, such as `manager`.
    let role: String?
    /// Grows with every login.
    let number: Int
  }

  private static let loginPaths = ["/auth/login", "/api/v1/auth/login"]

  private let endpoint: CRMEndpoint
  private let transport: any HTTPTransport
  private var token: Token?
  private var running: Task<Token, any Error>?
  /// The path that answered otherwise than 404.
  private var knownPath: String?
  private var loginCount = 0

  init(endpoint: CRMEndpoint, transport: any HTTPTransport) {
    self.endpoint = endpoint
    self.transport = transport
  }

  /// The shared token, if there is one that is newer than `rejected`; else that of a new login, which is `isNew` to
  /// everybody who waited for it.
  ///
  /// Throws `authenticationFailed`, `forbidden`, `unreachable`, `rateLimited`, `unexpectedAnswer`, or what the request
  /// permit throws. A failed login is forgotten: the next call tries again.
  func token(replacing rejected: Token?) async throws -> (token: Token, isNew: Bool) {
    while true {
      if let token, token.number > (rejected?.number ?? 0) { return (token, false) }
      let login = running ?? Task { try await logIn() }
      running = login
      defer { if running == login { running = nil } }
      do {
        let token = try await withTaskCancellationHandler {
          try await login.value
        } onCancel: {
          login.cancel()
        }
        self.token = token
        return (token, true)
      } catch  where login.isCancelled && !Task.isCancelled {
        // Somebody else who waited for this login was cancelled, which the transfer tells as a failure: begin another.
        continue
      }
    }
  }

  private func logIn() async throws -> Token {
    guard let login = endpoint.settings.login else {
      throw CRMError.authenticationFailed("set LEAD_CRM_USERNAME and LEAD_CRM_PASSWORD to a user of the CRM")
    }
    let answer = try await answer(login)
    switch answer.status {
    case 200:
      let (text, role) = try Self.token(in: answer)
      loginCount += 1
      return Token(text: text, role: role, number: loginCount)
    case 401: throw CRMError.authenticationFailed("the CRM refuses LEAD_CRM_USERNAME or LEAD_CRM_PASSWORD")
    case 400: throw CRMError.authenticationFailed("the CRM refuses the login (400); the account may be inactive")
    case 404, 405:
      throw CRMError.authenticationFailed("no login at \(paths.joined(separator: " or ")) (crm.login_path)")
    case 403, 422: throw CRMError.authenticationFailed("the CRM refuses the login (\(answer.status))")
    case 429: throw CRMError.rateLimited(retryAfter: RateLimit.retryAfter(answer))
    default: throw CRMError.unexpectedAnswer("the login answered \(answer.status)")
    }
  }

  /// The answer of the first path that is not 404.
  private func answer(_ login: CRMLogin) async throws -> HTTPAnswer {
    struct Body: Encodable {
      var username: String
      var password: String
    }
    let body = try JSONEncoder().encode(Body(username: login.username, password: login.password))
    var last: HTTPAnswer?
    for path in paths {
      let answer = try await endpoint.send(endpoint.post(path, [UInt8](body)), by: transport)
      last = answer
      if answer.status != 404 {
        knownPath = path
        return answer
      }
    }
    guard let last else { throw CRMError.unexpectedAnswer("no login path is set") }
    return last
  }

  /// The configured path first, then the two that deployments are known to use.
  private var paths: [String] {
    if let knownPath { return [knownPath] }
    let configured = endpoint.settings.loginPath
    return [configured] + Self.loginPaths.filter { $0 != configured }
  }

  /// Token and role in the answer to a login. Throws `unexpectedAnswer`, which holds nothing of it.
  static func token(in answer: HTTPAnswer) throws -> (text: String, role: String?) {
    struct Body: Decodable {
      struct User: Decodable {
        var role: String?
      }
      var access_token: String
      var user: User?
    }
    guard let body = CRMJSON.decode(Body.self, answer.body) else {
      throw CRMError.unexpectedAnswer("the login's answer is not readable")
    }
    // It becomes part of a header line.
    guard !body.access_token.isEmpty, body.access_token.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
      throw CRMError.unexpectedAnswer("the login's answer holds no usable token")
    }
    return (body.access_token, body.user?.role)
  }
}
