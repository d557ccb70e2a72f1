package import Leads

/// One result of looking whether the CRM can be worked with.
package struct CRMCheck: Sendable, Equatable {
  package enum Name: String, Sendable, CaseIterable {
    /// It answers `GET /health` with the contract's status, healthy.
    case reachable = "crm_reachable"
    /// It says that its own database is connected.
    case database = "crm_database"
    /// Our user can log in.
    case login = "crm_login"
    /// Our user is an admin or a manager.
    case role = "crm_role"
    /// Its PostgreSQL, read by us, is reachable and has the columns we need. Only where its URL is set.
    case metricsDatabase = "crm_metrics_database"
  }

  package enum Outcome: Sendable, Equatable {
    /// `notes` say what works with restrictions.
    case passed(notes: [String])
    case failed(CRMError)
    /// Could not be looked at, because the check named failed.
    case skipped(because: Name)
  }

  package var name: Name
  package var outcome: Outcome

  package init(name: Name, outcome: Outcome) {
    self.name = name
    self.outcome = outcome
  }

  package var hasPassed: Bool {
    if case .passed = outcome { true } else { false }
  }
}

/// Looks at one CRM.
struct CRMExamination {
  let session: CRMSession
  let database: (any CRMDatabase)?

  /// In the order of `CRMCheck.Name`.
  func results() async -> [CRMCheck] {
    // Another server, which does not wait for the CRM's.
    async let metrics = metricsDatabase()
    return await health() + login() + metrics
  }

  private func metricsDatabase() async -> [CRMCheck] {
    guard let database else { return [] }
    do {
      try await database.check()
      return [CRMCheck(name: .metricsDatabase, outcome: .passed(notes: database.notes))]
    } catch {
      return [CRMCheck(name: .metricsDatabase, outcome: .failed(error))]
    }
  }

  private func health() async -> [CRMCheck] {
    do throws(CRMError) {
      let health = try await CRMClient.asking { try await session.health() }
      let reachable: CRMCheck.Outcome =
        health.isHealthy ? .passed(notes: []) : .failed(.unreachable("it reports itself unhealthy"))
      let database: CRMCheck.Outcome =
        health.isDatabaseConnected
        ? .passed(notes: []) : .failed(.databaseUnreachable("the CRM says that its own database is not connected"))
      return [CRMCheck(name: .reachable, outcome: reachable), CRMCheck(name: .database, outcome: database)]
    } catch {
      return [
        CRMCheck(name: .reachable, outcome: .failed(error)),
        CRMCheck(name: .database, outcome: .skipped(because: .reachable)),
      ]
    }
  }

  private func login() async -> [CRMCheck] {
    do throws(CRMError) {
      let (token, _) = try await CRMClient.asking { try await session.desk.token(replacing: nil) }
      let isAllowed = token.role == nil || token.role == "admin" || token.role == "manager"
      let role: CRMCheck.Outcome =
        isAllowed
        ? .passed(notes: token.role == nil ? ["the CRM names no role"] : [])
        : .failed(.forbidden(CRMSession.forbidden(token.role)))
      return [CRMCheck(name: .login, outcome: .passed(notes: [])), CRMCheck(name: .role, outcome: role)]
    } catch {
      return [
        CRMCheck(name: .login, outcome: .failed(error)), CRMCheck(name: .role, outcome: .skipped(because: .login)),
      ]
    }
  }
}
