import Database

extension CRMService {
  /// `GET /api/v1/leads?show_all&status&skip&limit`: an array without a total.
  func list(_ request: CRMRequest) async throws -> Answer {
    let user: CRMUser
    switch try await self.user(of: request) {
    case .failure(let refusal): return refusal.answer
    case .success(let known): user = known
    }
    var page = LeadsTable.Page()
    var issues: [ValidationIssue] = []
    func integer(_ name: String, _ value: inout Int) {
      guard let text = request.query[name] else { return }
      if let number = Int(text), number >= 0 {
        value = number
      } else {
        issues.append(
          ValidationIssue(
            type: "int_parsing", location: [.text("query"), .text(name)],
            message: "Input should be a valid integer, unable to parse string as an integer", input: .text(text)))
      }
    }
    integer("skip", &page.skip)
    integer("limit", &page.limit)
    if let text = request.query["show_all"] {
      if let flag = Self.flags[text.lowercased()] {
        page.showAll = flag
      } else {
        issues.append(
          ValidationIssue(
            type: "bool_parsing", location: [.text("query"), .text("show_all")],
            message: "Input should be a valid boolean, unable to interpret input", input: .text(text)))
      }
    }
    if let status = request.query["status"], !status.isEmpty { page.status = status }
    guard issues.isEmpty else { return .invalid(issues) }
    if user.role == .agent { page.assignee = user.id }
    let wanted = page
    // A status that does not exist is no row's, and a NUL is no text of PostgreSQL's.
    if let status = wanted.status, !CRMSchema.statuses.contains(status) { return Answer(200, .array([])) }
    let leads = try await database.transaction { try LeadsTable.page(wanted, $0) }
    return Answer(200, .array(leads.map { .object($0) }))
  }

  /// The spellings pydantic takes for a boolean.
  private static let flags: [String: Bool] = [
    "true": true, "1": true, "yes": true, "on": true, "t": true, "y": true, "false": false, "0": false, "no": false,
    "off": false, "f": false, "n": false,
  ]

  /// `GET /health`: 200 also when unhealthy.
  func health() async -> Answer {
    do {
      let (leads, users) = try await database.transaction {
        (try LeadsTable.counts($0), try UsersTable.counts($0))
      }
      return Answer(200, .object(Self.healthy(leads, users.total, users.activeAgents)))
    } catch {
      return Answer(
        200, .object(["status": .text("unhealthy"), "database": .text("error"), "error": .text("database error")]))
    }
  }

  private static func healthy(_ leads: LeadsTable.Counts, _ users: Int64, _ agents: Int64) -> JSONObject {
    let target = agents * Int64(Redistribution.activeLeadsPerAgent)
    return [
      "status": .text("healthy"), "database": .text("connected"),
      "database_stats": .object([
        "total_leads": .integer(leads.total), "total_users": .integer(users), "active_agents": .integer(agents),
      ]),
      "distribution_stats": .object([
        "total_leads": .integer(leads.total), "assigned_leads": .integer(leads.assigned),
        "available_leads": .integer(leads.total - leads.assigned), "closed_won": .integer(leads.closedWon),
        "closed_lost": .integer(leads.closedLost), "active_agents": .integer(agents),
        "target_assigned": .integer(target),
        "distribution_health": .text(leads.assigned >= target ? "good" : "needs_redistribution"),
      ]),
    ]
  }
}
