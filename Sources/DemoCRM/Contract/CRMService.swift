import Database
import Timekeeping

/// The routes of the contract, over the CRM's database. Knows neither HTTP's wire nor faults.
///
/// Promises what crm-contract.md says of each route. To be called for one request at a time.
struct CRMService: Sendable {
  struct Settings: Sendable {
    var loginPath = "/auth/login"
    /// One for all users; nil: the documented demo passwords.
    var password: String?
    var tokenLifetime = Duration.seconds(86_400)
    var isRedistributing = true
    var clock = WallClock.system
  }

  let database: CRMDatabase
  let settings: Settings

  /// The answer and how many rows a bulk request committed.
  struct Outcome: Sendable {
    var answer: Answer
    var created = 0
  }

  enum Route: Sendable {
    case login, bulk, leads, lead, health
  }

  enum Routing: Sendable {
    case route(Route)
    case notFound
    case methodNotAllowed
  }

  func routing(_ request: CRMRequest) -> Routing {
    let routes: [(method: String, route: Route)]
    switch request.path {
    case settings.loginPath: routes = [("POST", .login)]
    case "/api/v1/leads/bulk": routes = [("POST", .bulk)]
    case "/api/v1/leads": routes = [("GET", .leads), ("POST", .lead)]
    case "/health": routes = [("GET", .health)]
    default: return .notFound
    }
    let match = routes.first { $0.method == request.method }
    return match.map { .route($0.route) } ?? .methodNotAllowed
  }

  /// Answers one request. Throws `DatabaseError` where the real CRM fails without a form of its own; nothing is
  /// committed then, or it is unknown.
  func answer(_ route: Route, _ request: CRMRequest) async throws -> Outcome {
    switch route {
    case .login: Outcome(answer: try await login(request))
    case .bulk: try await bulk(request)
    case .leads: Outcome(answer: try await list(request))
    case .lead: try await createOne(request)
    case .health: Outcome(answer: await health())
    }
  }

  /// Recycles and hands out leads in a transaction of its own.
  func redistribute() async throws {
    guard settings.isRedistributing else { return }
    try await database.transaction { try Redistribution.run($0) }
  }

  /// The user of the request's token, or the refusal: 403 without a bearer token, 401 for a bad one, 400 for an
  /// inactive user.
  func user(of request: CRMRequest) async throws -> Result<CRMUser, CRMRequest.Refusal> {
    let words = request.authorization?.split(separator: " ", maxSplits: 1) ?? []
    guard words.count == 2, words[0].lowercased() == "bearer" else {
      return .failure(CRMRequest.Refusal(answer: .notAuthenticated))
    }
    guard let id = Token.userID(of: String(words[1]), now: settings.clock.now()),
      let user = try await database.transaction({ try UsersTable.user(id: id, $0) })
    else { return .failure(CRMRequest.Refusal(answer: .invalidToken)) }
    guard user.isActive else { return .failure(CRMRequest.Refusal(answer: .detail(400, "Inactive user"))) }
    return .success(user)
  }

  /// As `user`, for routes of admins and managers alone: 403 for an agent.
  func officeUser(of request: CRMRequest) async throws -> Result<CRMUser, CRMRequest.Refusal> {
    try await user(of: request).flatMap { user in
      user.role == .agent
        ? .failure(CRMRequest.Refusal(answer: .detail(403, "Admin or Manager access required"))) : .success(user)
    }
  }
}
