import Leads

/// The answer to `GET /health`, which is 200 even when the CRM is unhealthy.
struct CRMHealthAnswer: Decodable, Sendable {
  struct Numbers: Decodable, Sendable {
    var total_leads: Int?
    var active_agents: Int?
  }

  var status: String
  var database: String?
  var database_stats: Numbers?
  var distribution_stats: Numbers?

  var isHealthy: Bool { status == "healthy" }
  var isDatabaseConnected: Bool { database == "connected" }
  var totalLeads: Int? { database_stats?.total_leads ?? distribution_stats?.total_leads }
  var activeAgents: Int? { database_stats?.active_agents ?? distribution_stats?.active_agents }

  /// Nil unless the answer is 200 with the contract's `status`.
  init?(_ answer: HTTPAnswer) {
    guard answer.status == 200, let health = CRMJSON.decode(Self.self, answer.body) else { return nil }
    guard ["healthy", "unhealthy"].contains(health.status) else { return nil }
    self = health
  }
}
