import Leads

/// Everything a `CRMClient` is told. Defaults are those of the configuration's `crm` section.
package struct CRMClientSettings: Sendable {
  /// Where stock, agents and conversion are read.
  package enum Metrics: String, Sendable, CaseIterable {
    /// The database when its URL is set, else the API.
    case auto
    case postgres
    case api
  }

  /// `crm.base_url`.
  package var address: CRMAddress
  /// `LEAD_CRM_USERNAME` and `LEAD_CRM_PASSWORD`; nil when one of them is missing.
  package var login: CRMLogin?
  /// `LEAD_CRM_DATABASE_URL`.
  package var database: CRMDatabaseAddress?
  /// `crm.metrics`.
  package var metrics = Metrics.auto

  /// `crm.login_path` and so on: paths below the base URL, with a slash first.
  package var loginPath = "/auth/login"
  package var bulkPath = "/api/v1/leads/bulk"
  package var healthPath = "/health"
  package var leadsPath = "/api/v1/leads"

  /// `crm.connect_timeout_seconds`: name lookup, TCP and TLS.
  package var connectTimeout = Duration.seconds(5)
  /// `crm.request_timeout_seconds`: a bulk request, or the list of leads, as a whole.
  package var requestTimeout = Duration.seconds(60)
  /// `crm.health_timeout_seconds`: health, login and statements as a whole; the list of leads without a byte.
  package var healthTimeout = Duration.seconds(8)

  package init(address: CRMAddress, login: CRMLogin? = nil, database: CRMDatabaseAddress? = nil) {
    self.address = address
    self.login = login
    self.database = database
  }
}

/// The user the CRM knows us by. Prints without the password.
package struct CRMLogin: Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  package let username: String
  let password: String

  package init(username: String, password: String) {
    self.username = username
    self.password = password
  }

  package var description: String { "\(username) (password •••)" }
  package var debugDescription: String { description }
  package var customMirror: Mirror { Mirror(self, children: ["username": username]) }
}

/// The connection URL of the CRM's PostgreSQL, which may hold a password. Prints as `•••`.
package struct CRMDatabaseAddress: Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  let url: String

  package init(url: String) {
    self.url = url
  }

  package var description: String { "•••" }
  package var debugDescription: String { "•••" }
  package var customMirror: Mirror { Mirror(self, children: []) }
}
