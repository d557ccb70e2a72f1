package import Connectors
import Database
import JobQueue
import LeadStore
import Leads
import Logging
import Replenishment
import Timekeeping

/// Makes the client of the one CRM that a program works with.
package enum CRMConnection {
  /// The configured CRM, else the one this store serves if it answers, else the first healthy one on the known ports.
  /// Throws `ProgramError.noCRM`, and `LeadStoreError.boundToAnotherCRM` when the store serves another one.
  /// Throws `notReconciled` for a store that was put back from a backup, unless it is opened to be reconciled
  /// (`reconciling`).
  package static func open(for program: Program, reconciling: Bool = false) async throws -> CRMClient {
    let settings = program.settings
    guard let address = try await address(for: program) else { throw ProgramError.noCRM }
    try await program.store.read { transaction in
      if reconciling {
        try StoreIdentityTable.requireSameCRM(address.text, in: transaction)
      } else {
        try StoreIdentityTable.requireCRM(address.text, in: transaction)
      }
    }
    let budget = RequestBudget(
      store: program.store,
      limit: RateLimit(destination: address.text, perMinute: settings.configuration.crm.requestsPerMinute),
      clock: program.clock)
    let logger = program.logger
    return CRMClient(
      settings: clientSettings(settings, address: address), wrap: wrap, requestPermit: { try await budget.take() },
      onRateLimited: { time in
        do {
          try await budget.hold(for: time)
        } catch {
          logger.warning("could not note the CRM's rate limit", metadata: ["reason": "\(error)"])
        }
      })
  }

  /// Debug builds may die around a request.
  private static var wrap: @Sendable (any HTTPTransport) -> any HTTPTransport {
    #if DEBUG
      if let points = CrashPoints.inForce { return { points.around($0) } }
    #endif
    return { $0 }
  }

  private static func address(for program: Program) async throws -> CRMAddress? {
    let crm = program.configuration.crm
    if let baseURL = crm.baseURL { return CRMAddress(baseURL) }
    let bound = try await program.store.read { try StoreIdentityTable.crm(in: $0) }
    let candidates = (bound.map { [$0] } ?? []) + CRMDiscovery.baseURLs
    return await CRMDiscovery.find(baseURLs: candidates, healthPath: crm.healthPath)
  }

  /// What a client of the CRM at this address is told by these settings.
  package static func clientSettings(_ settings: Settings, address: CRMAddress) -> CRMClientSettings {
    let environment = settings.environment
    let crm = settings.configuration.crm
    let login = environment.crmUsername.flatMap { name in
      environment.crmPassword.map { CRMLogin(username: name, password: $0.revealed) }
    }
    var client = CRMClientSettings(
      address: address, login: login,
      database: environment.crmDatabaseURL.map { CRMDatabaseAddress(url: $0.revealed) })
    client.metrics =
      switch crm.metrics {
      case .auto: .auto
      case .postgres: .postgres
      case .api: .api
      }
    client.loginPath = crm.loginPath
    client.bulkPath = crm.bulkPath
    client.healthPath = crm.healthPath
    client.leadsPath = crm.leadsPath
    client.connectTimeout = crm.connectTimeout
    client.requestTimeout = crm.requestTimeout
    client.healthTimeout = crm.healthTimeout
    return client
  }
}
