package import Database
import Foundation
import JobQueue
import LeadStore
package import Logging
import Replenishment
import Synchronization
package import Telemetry
package import Timekeeping

/// What every program begins with: settings, log, and the open store.
package final class Program: Sendable {
  /// `lead-scheduler`, `lead-worker`, `lead-queue`.
  package let name: String
  package let store: Store
  package let log: ActivityLog
  package let logger: Logger
  package let clock: WallClock
  /// The name of this process (`ProcessIdentity`).
  package let processID: String
  /// Who started the program, if it wants to be told.
  package let supervisor = Supervisor(environment: ProcessInfo.processInfo.environment)
  /// What this process measures of itself; nil: nothing.
  package let measured: MetricsRegistry?
  let recorder: MetricsRecorder?
  /// What cycles and their jobs measure into.
  let meters: ReplenishmentMeters
  private let source: ConfigurationSource
  private let current: Mutex<Settings>
  /// What the process began with: its pool, its lease and its CRM client are made once.
  package let startConfiguration: Configuration
  /// The beginnings of keys that take effect with the next start.
  private static let keysAtStart = [
    "worker.", "store.", "crm.base_url", "crm.metrics", "crm.login_path", "crm.bulk_path", "crm.health_path",
    "crm.leads_path", "crm.request_timeout", "crm.connect_timeout", "crm.health_timeout", "crm.requests_per_minute",
  ]

  package static let version = "0.1.0"

  /// Loads settings, opens log and store, and reports what is set without effect. `measuring`: for whom it measures what it
  /// does, from here on. Throws `ConfigurationError`, `DatabaseError`, `ProgramError`.
  package static func start(
    _ name: String, from source: ConfigurationSource, measuring: Measuring = .nothing
  ) async throws -> Program {
    let settings = try source.load()
    let measured = measuring.begin(settings.environment)
    let log = ActivityLog(settings, program: name)
    let store = try await openStore(settings)
    let program = Program(
      name: name, settings: settings, source: source, log: log, store: store, measuring: measuring,
      measured: measured)
    for warning in settings.warnings { program.logger.warning("\(warning)") }
    #if DEBUG
      if let points = CrashPoints.inForce {
        log.write(.warning, points.warning, metadata: [:], label: name, isEchoed: false)
      }
    #endif
    return program
  }

  /// As `start`, over a store that is open already: a private copy of the real one.
  package convenience init(
    name: String, settings: Settings, source: ConfigurationSource, log: ActivityLog, store: Store
  ) {
    self.init(
      name: name, settings: settings, source: source, log: log, store: store, measuring: .nothing, measured: nil)
  }

  private init(
    name: String, settings: Settings, source: ConfigurationSource, log: ActivityLog, store: Store,
    measuring: Measuring, measured: MetricsRegistry?
  ) {
    self.name = name
    self.source = source
    self.log = log
    self.store = store
    logger = log.logger(label: name)
    clock = store.clock(over: settings.environment.clock)
    processID = ProcessIdentity(random: .random(in: .min ... .max)).text
    current = Mutex(settings)
    startConfiguration = settings.configuration
    self.measured = measured
    meters = ReplenishmentMeters()
    let file = measuring.path(settings.environment).map(MetricsFile.init)
    recorder = measured.flatMap { registry in
      file.map { MetricsRecorder(registry, file: $0, logger: log.logger(label: name)) }
    }
  }

  package var settings: Settings { current.withLock { $0 } }
  package var configuration: Configuration { settings.configuration }

  /// Who acts, in the audit trail.
  package var actor: String { "\(name) \(processID.prefix(8))" }

  /// Reads the configuration again; an invalid one keeps the old, loudly.
  package func reload() {
    do throws(ConfigurationError) {
      let new = try source.reload()
      let changed = current.withLock { settings in
        defer { settings.configuration = new }
        return new.changedKeys(since: settings.configuration)
      }
      log.level = new.monitoring.logLevel
      log.rotation = new.monitoring.logRotation
      log.reopen()
      logger.notice("configuration reloaded", metadata: ["changed": "\(changed.joined(separator: ", "))"])
      let later = changed.filter { key in Self.keysAtStart.contains(where: key.hasPrefix) }
      if !later.isEmpty {
        logger.warning(
          "some keys take effect with the next start", metadata: ["keys": "\(later.joined(separator: ", "))"])
      }
    } catch {
      logger.error("the new configuration is invalid; the old one stays in force", metadata: ["reason": "\(error)"])
    }
  }

  /// How long a program that was told to end still writes things down once its drain is over, with a server that is away.
  private static let lastWords = Duration.seconds(3)

  /// The program was told to end, and is to have ended soon after its drain, whether its store is there or not. `drain`: how long
  /// that lasts; nil: as configured.
  package func endWaiting(after drain: Duration? = nil) {
    store.endWaiting(in: (drain ?? startConfiguration.worker.drainTimeout) + Self.lastWords)
  }

  /// Business hours, holidays and days of the configured zone.
  package var calendar: BusinessCalendar { configuration.calendar }

  private static func openStore(_ settings: Settings) async throws -> Store {
    let store = try await open(settings.configuration.store.address, now: settings.environment.clock.now())
    try await prepare(store)
    return store
  }

  /// Opens the store, creating it and bringing its schema up to date. Throws every `DatabaseError` of opening.
  package static func open(_ address: StoreAddress, now: Timestamp) async throws -> Store {
    #if DEBUG
      if let points = CrashPoints.inForce { return try await LeadStore.open(address, now: now, host: points.host) }
    #endif
    return try await LeadStore.open(address, now: now)
  }

  /// Gives a new store its name and its queues.
  package static func prepare(_ store: Store) async throws {
    let candidate = UUID().uuidString.lowercased()
    try await store.write { transaction in
      try StoreIdentityTable.make(candidate, in: transaction)
      try JobKind.declareQueues(in: transaction)
    }
  }
}
