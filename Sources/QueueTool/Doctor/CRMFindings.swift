import Connectors
import Leads
import Operations

/// What the results of looking at a CRM mean for who runs the programs. Pure.
struct CRMFindings: Sendable {
  let address: String
  let results: [CRMCheck]
  /// Another place where a healthy CRM answers.
  let elsewhere: String?

  var checks: [HealthCheck] { [reachable, database, login, role] }

  private func outcome(_ name: CRMCheck.Name) -> CRMCheck.Outcome? { results.first { $0.name == name }?.outcome }

  /// Whether anything that follows the CRM's contract answered.
  private var isCRM: Bool {
    guard case .failed(let error)? = outcome(.reachable) else { return true }
    return error == .unreachable("it reports itself unhealthy")
  }

  private var reachable: HealthCheck {
    guard case .failed(let error)? = outcome(.reachable) else { return .ok(.crmReachable, "\(address) is healthy") }
    if isCRM {
      return .failed(
        .crmReachable, "\(address) answers, but reports itself unhealthy",
        remedy: "look at the CRM's own log and database")
    }
    let finding =
      switch error {
      case .unexpectedAnswer:
        "something answers at \(address), but it is not the CRM: wrong port, or another path for its health"
      case .rateLimited: "\(error)"
      default: "CRM not reachable at \(address): \(Self.reason(error))"
      }
    if case .rateLimited = error {
      return .warning(
        .crmReachable, finding, remedy: "wait a minute; lower crm.requests_per_minute if others need the room")
    }
    guard let elsewhere else {
      return .failed(
        .crmReachable, finding, remedy: "start the CRM, or correct LEAD_CRM_URL (crm.base_url, crm.health_path)")
    }
    return .failed(
      .crmReachable, "\(finding). A healthy CRM answers at \(elsewhere)",
      remedy: "start the CRM; if the other one is meant, set LEAD_CRM_URL=\(elsewhere) (or crm.base_url)")
  }

  private var database: HealthCheck {
    switch outcome(.database) {
    case .passed: .ok(.crmDatabase, "the CRM is connected to its database")
    case .failed(let error):
      .failed(.crmDatabase, "\(error)", remedy: "start the CRM's database, or look at the CRM's own log")
    case .skipped, nil: .notChecked(.crmDatabase, because: "the CRM is not reachable")
    }
  }

  private var login: HealthCheck {
    switch outcome(.login) {
    case .passed: return .ok(.crmLogin, "the CRM takes the login")
    case .failed(let error):
      if case .authenticationFailed(let reason) = error, isCRM || reason.hasPrefix("set LEAD_CRM_") {
        return .failed(
          .crmLogin, "\(error)",
          remedy:
            "set LEAD_CRM_USERNAME and LEAD_CRM_PASSWORD (or their _FILE forms) to an active user who is admin or manager"
        )
      }
      guard isCRM else { return .notChecked(.crmLogin, because: "the CRM is not reachable") }
      return .failed(
        .crmLogin, "\(error)", remedy: "look at the CRM's own log; its login may be elsewhere (crm.login_path)")
    case .skipped, nil: return .notChecked(.crmLogin, because: "the CRM is not reachable")
    }
  }

  private var role: HealthCheck {
    switch outcome(.role) {
    case .passed(let notes):
      guard let note = notes.first else { return .ok(.crmRole, "the user may upload") }
      return .warning(
        .crmRole, "\(note): whether the user may upload shows at the first upload",
        remedy: "see in the CRM that the user is admin or manager")
    case .failed(let error):
      return .failed(
        .crmRole, "\(error)",
        remedy:
          "have the CRM's administrator give the user the role admin or manager, or name another user in LEAD_CRM_USERNAME"
      )
    case .skipped, nil: return .notChecked(.crmRole, because: "nobody could log in")
    }
  }

  /// The CRM's PostgreSQL as the programs read it.
  static func metrics(_ outcome: CRMCheck.Outcome) -> HealthCheck {
    switch outcome {
    case .passed(let notes):
      guard let note = notes.first else { return .ok(.crmMetrics, "the CRM's database can be read") }
      let others = notes.count > 1 ? " (and \(notes.count - 1) more)" : ""
      return .warning(
        .crmMetrics, note + others, remedy: "let the CRM's database have that column, and its user read it")
    case .failed(let error):
      let remedy =
        if case .schemaUnsupported = error {
          "let the CRM's database have that column, and the user of LEAD_CRM_DATABASE_URL read it (GRANT SELECT); or read "
            + "the stock through the API: crm.metrics: \"api\""
        } else {
          "start that server, or correct LEAD_CRM_DATABASE_URL; or unset it, to read the stock through the API"
        }
      return .failed(.crmMetrics, "\(error)", remedy: remedy)
    case .skipped: return .notChecked(.crmMetrics, because: "it was not asked")
    }
  }

  private static func reason(_ error: CRMError) -> String {
    if case .unreachable(let reason) = error { reason } else { "\(error)" }
  }
}
