/// One result of `doctor`: what was looked at, what was found, and what ends it.
struct HealthCheck: Sendable, Equatable {
  /// Names are stable: scripts ask for them.
  enum Name: String, Sendable, CaseIterable {
    case configuration
    case timeZone = "time_zone"
    case log
    case fileModes = "file_modes"
    case diskSpace = "disk_space"
    case sqliteVersion = "sqlite_version"
    case store
    case storeSchema = "store_schema"
    case storeCRM = "store_crm"
    case clock
    case audit
    case sourceFiles = "source_files"
    case sourceContent = "source_content"
    case sourceSupply = "source_supply"
    case crmReachable = "crm_reachable"
    case crmDatabase = "crm_database"
    case crmLogin = "crm_login"
    case crmRole = "crm_role"
    case crmMetrics = "crm_metrics"
    case workers
    case cycles
    case readings
    case jobs
    case dailyLimit = "daily_limit"
    case cooldown
  }

  enum State: String, Sendable, CaseIterable {
    case ok
    /// It works, with restrictions, or holds uploads back by a rule.
    case warning
    /// It does not work until somebody does something.
    case failed
    /// Could not be looked at; the finding says why.
    case notChecked = "not_checked"
  }

  var name: Name
  var state: State
  /// What was found, in words without lead data and secrets.
  var finding: String
  /// A command or a key that ends it. Always there for what failed or warns.
  var remedy: String?

  static func ok(_ name: Name, _ finding: String, remedy: String? = nil) -> HealthCheck {
    HealthCheck(name: name, state: .ok, finding: finding, remedy: remedy)
  }

  static func warning(_ name: Name, _ finding: String, remedy: String) -> HealthCheck {
    HealthCheck(name: name, state: .warning, finding: finding, remedy: remedy)
  }

  static func failed(_ name: Name, _ finding: String, remedy: String) -> HealthCheck {
    HealthCheck(name: name, state: .failed, finding: finding, remedy: remedy)
  }

  static func notChecked(_ name: Name, because reason: String) -> HealthCheck {
    HealthCheck(name: name, state: .notChecked, finding: reason, remedy: nil)
  }
}

extension [HealthCheck.Name] {
  /// All of them not checked, for the same reason.
  func notChecked(because reason: String) -> [HealthCheck] { map { .notChecked($0, because: reason) } }
}
