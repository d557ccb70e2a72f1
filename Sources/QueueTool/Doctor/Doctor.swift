import Connectors
import Database
import Operations
import Timekeeping

/// Examines everything that uploads rely on, and changes nothing: no store is made or brought up to date, nothing is written to
/// the CRM; but its requests to the CRM come out of the budget that the programs share in the store. Groups of checks run side by side, each within a time, so that nothing that hangs hides what else is wrong.
struct Doctor: Sendable {
  let source: ConfigurationSource
  var surroundings = Surroundings()
  /// The programs are about to be started: that none runs is no finding.
  var isBeforeStart = false

  /// All checks, each name once, in the order of `HealthCheck.Name`.
  func examine() async -> [HealthCheck] {
    let settings: Settings
    do throws(ConfigurationError) {
      settings = try source.load()
    } catch {
      return sorted(Self.checks(of: error))
    }
    let configuration = Self.configuration(settings)
    guard ZoneClock(zone: settings.configuration.businessRules.timezone) != nil else {
      return sorted(configuration + [Self.unknownZone(settings.configuration.businessRules.timezone)])
    }
    let clock = surroundings.clock ?? settings.environment.clock
    let seen = await look(settings, clock)
    let facts = seen.facts
    // By itself: files that SQLite keeps beside a store while it is open come and go with the looks of this program.
    let machine = await machine(settings, users: seen.users)
    async let sources = sources(settings, facts)
    async let trail = trail(settings, isReadable: facts != nil)
    async let crm = crm(settings, clock, facts)
    let zone = HealthCheck.ok(.timeZone, settings.configuration.businessRules.timezone)
    return await sorted(configuration + [zone] + seen.checks + machine + sources + [trail] + crm)
  }

  private func sorted(_ checks: [HealthCheck]) -> [HealthCheck] {
    HealthCheck.Name.allCases.map { name in
      checks.first { $0.name == name } ?? .notChecked(name, because: "the configuration cannot be used")
    }
  }

  // MARK: Configuration

  private static func checks(of error: ConfigurationError) -> [HealthCheck] {
    let zone = "business_rules.business_hours.timezone"
    var checks = [
      HealthCheck.failed(
        .configuration, "\(error)", remedy: "correct what is named; lead-scheduler check-config shows every problem")
    ]
    if case .invalid(let problems) = error, let problem = problems.first(where: { $0.key.hasSuffix("timezone") }) {
      checks.append(
        .failed(.timeZone, "\(problem)", remedy: "set \(zone) to an IANA name, such as \"America/New_York\""))
    }
    return checks
  }

  private static func unknownZone(_ name: String) -> HealthCheck {
    .failed(
      .timeZone, "this machine does not know the time zone \(name)",
      remedy: "install the time zone database (apt-get install tzdata), or set business_rules.business_hours.timezone")
  }

  private static func configuration(_ settings: Settings) -> [HealthCheck] {
    let file = settings.file ?? "no file, the defaults hold"
    guard let warning = settings.warnings.first else { return [.ok(.configuration, file)] }
    let others = settings.warnings.count > 1 ? " (and \(settings.warnings.count - 1) more)" : ""
    return [.warning(.configuration, "\(file): \(warning)\(others)", remedy: "lead-scheduler check-config shows each")]
  }

  // MARK: Groups

  private struct Look: Sendable {
    var checks: [HealthCheck]
    var facts: StoreFacts?
    var users: [StoreUser]
  }

  private func look(_ settings: Settings, _ clock: WallClock) async -> Look {
    let examination = StoreExamination(settings: settings, clock: clock, isBeforeStart: isBeforeStart)
    let paths = settings.configuration.sourceManagement.sourceFiles
    let found = await Cutoff.blocking(surroundings.limit) { [surroundings] in
      var users: [StoreUser] = []
      if case .sqlite(let path) = settings.configuration.store.location { users = surroundings.storeUsers(path) }
      return (users: users, seen: Result { try examination.look(paths: SourceList(of: paths).paths) })
    }
    guard case .success(let (users, result)) = found else {
      return Look(checks: examination.checks(failure: nil), users: [])
    }
    do {
      let seen = try result.get()
      var look = Look(checks: examination.checks(seen), users: users)
      if case .whole(let facts) = seen.sight { look.facts = facts }
      return look
    } catch {
      return Look(checks: examination.checks(failure: error), users: users)
    }
  }

  private func machine(_ settings: Settings, users: [StoreUser]) async -> [HealthCheck] {
    let names: [HealthCheck.Name] = [.log, .fileModes, .diskSpace, .sqliteVersion]
    let checks = await Cutoff.blocking(surroundings.limit) { [source, surroundings] in
      MachineExamination(
        settings: settings, variables: source.variables, surroundings: surroundings, storeUsers: users
      ).checks
    }
    return Self.result(checks) ?? names.notChecked(because: "the file system does not answer in time")
  }

  private func sources(_ settings: Settings, _ facts: StoreFacts?) async -> [HealthCheck] {
    let names: [HealthCheck.Name] = [.sourceFiles, .sourceContent, .sourceSupply]
    let limit = surroundings.limit
    let checks = await Cutoff.blocking(limit) {
      SourceExamination(settings: settings, deadline: .now + limit / 2).checks(facts)
    }
    return Self.result(checks) ?? names.notChecked(because: "the file system does not answer in time")
  }

  private func trail(_ settings: Settings, isReadable: Bool) async -> HealthCheck {
    guard isReadable else { return .notChecked(.audit, because: "the store holds none yet, or cannot be read") }
    let limit = surroundings.limit
    let check = await Cutoff.blocking(limit) {
      try TrailExamination(settings: settings, deadline: .now + limit / 2).check()
    }
    return Self.result(check) ?? .notChecked(.audit, because: "it cannot be read in time: lead-queue audit verify")
  }

  private func crm(_ settings: Settings, _ clock: WallClock, _ facts: StoreFacts?) async -> [HealthCheck] {
    let examination = CRMExamination(
      settings: settings, surroundings: surroundings, clock: clock, bound: facts?.crm, hasBudget: facts != nil)
    // The budget; health and login one after the other; and then a look elsewhere.
    let checks = await Cutoff.within(surroundings.limit * 3) { await examination.checks() }
    return checks
      ?? [
        .failed(
          .crmReachable, "the CRM does not answer in time",
          remedy: "look whether it hangs; restart it, or correct LEAD_CRM_URL")
      ] + CRMExamination.names.dropFirst().map { $0 }.notChecked(because: "the CRM does not answer in time")
  }

  private static func result<Value>(_ result: Result<Value, any Error>?) -> Value? {
    guard case .success(let value)? = result else { return nil }
    return value
  }
}
