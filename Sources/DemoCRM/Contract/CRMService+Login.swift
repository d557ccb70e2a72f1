import Database
import Timekeeping

extension CRMService {
  /// `POST /auth/login`.
  func login(_ request: CRMRequest) async throws -> Answer {
    let body: JSONValue
    switch request.json() {
    case .failure(let refusal): return refusal.answer
    case .success(let value): body = value
    }
    guard case .object(let object) = body else {
      return .invalid([
        ValidationIssue(
          type: "model_attributes_type", location: [.text("body")],
          message: "Input should be a valid dictionary or object to extract fields from", input: body)
      ])
    }
    let issues = ["username", "password"].compactMap { field -> ValidationIssue? in
      let location: [JSONValue] = [.text("body"), .text(field)]
      guard let value = object[field] else { return .missing(location, in: body) }
      return value.asText == nil ? .text(location, value) : nil
    }
    guard issues.isEmpty, let name = object["username"]?.asText, let password = object["password"]?.asText else {
      return .invalid(issues)
    }
    // PostgreSQL has no text with a NUL, so there is no such user.
    let user = name.holdsNUL ? nil : try await database.transaction { try UsersTable.user(named: name, $0) }
    guard let user, password == self.password(of: user) else { return .detail(401, "Invalid credentials") }
    guard user.isActive else { return .detail(400, "Account is inactive") }
    return Answer(200, .object(session(of: user)))
  }

  /// The documented demo passwords: admin123, manager123, agent123, inactive123.
  private func password(of user: CRMUser) -> String {
    settings.password ?? (user.isActive ? user.role.rawValue : "inactive") + "123"
  }

  private func session(of user: CRMUser) -> JSONObject {
    let expiry = settings.clock.now() + settings.tokenLifetime
    return [
      "access_token": .text(Token.make(userID: user.id, expiry: expiry, use: "access")),
      "refresh_token": .text(Token.make(userID: user.id, expiry: expiry, use: "refresh")),
      "token_type": .text("bearer"),
      "user": .object([
        "id": .integer(user.id), "username": .text(user.username), "role": .text(user.role.rawValue),
        "is_active": .bool(user.isActive), "manager_id": .optional(user.managerID),
      ]),
    ]
  }
}
