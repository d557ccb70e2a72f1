package import Logging
import Replenishment
import Synchronization
package import Timekeeping

/// The activity log of a program: every line goes to the log file, warnings and errors also to standard error.
///
/// A file that cannot be written, or not be rotated, is said once on standard error, and the program goes on.
package final class ActivityLog: Sendable {
  private struct State {
    var level: Logger.Level
    var isFailureTold = false
  }

  private let file: LogFile
  private let format: LogFormat
  private let zone: LogZone
  private let clock: WallClock
  private let standardError: StandardStream
  private let common: Logger.Metadata
  private let state: Mutex<State>

  /// Opens the file. `common` is added to every line, for instance the program's name: several share one file.
  package init(
    file: LogFile, format: LogFormat, level: Logger.Level, zone: LogZone, clock: WallClock,
    standardError: StandardStream, common: Logger.Metadata = [:]
  ) {
    self.file = file
    self.format = format
    self.zone = zone
    self.clock = clock
    self.standardError = standardError
    self.common = common
    state = Mutex(State(level: level))
    reopen()
  }

  /// The log that settings ask for. `LEAD_NOW` is announced in it as a warning: nobody shall take its times for real.
  package convenience init(_ settings: Settings, program: String) {
    let environment = settings.environment
    let configuration = settings.configuration
    let clock = environment.clock
    self.init(
      file: LogFile(
        path: environment.logFile ?? ActivityLog.defaultFile, rotation: configuration.monitoring.logRotation),
      format: environment.logFormat ?? .text,
      level: configuration.monitoring.logLevel, zone: LogZone(identifier: configuration.businessRules.timezone),
      clock: clock, standardError: .error(isColourRefused: environment.isColourRefused),
      common: ["program": .string(program)])
    if clock.isShifted {
      logger(label: program).warning("the clock does not show the real time: it was started at LEAD_NOW")
    }
  }

  package static let defaultFile = "automated_lead_manager.log"

  /// The least important level that is written. May be changed while running, by a reload.
  package var level: Logger.Level {
    get { state.withLock { $0.level } }
    set { state.withLock { $0.level = newValue } }
  }

  /// When the file is set aside. May be changed while running, by a reload.
  package var rotation: LogRotation {
    get { file.rotation }
    set { file.rotation = newValue }
  }

  /// A logger that writes here, whatever the process-wide logging system does.
  package func logger(label: String) -> Logger {
    Logger(label: label, factory: { LineLogHandler(label: $0, log: self) })
  }

  /// Makes every logger of the process write here. To be called once, before any logger is made.
  package func bootstrap() {
    LoggingSystem.bootstrap { LineLogHandler(label: $0, log: self) }
  }

  /// Opens the file again, after it was rotated.
  package func reopen() {
    let failure = file.open()
    state.withLock { $0.isFailureTold = false }
    if let failure { tellFailure(failure) }
  }

  /// Writes a line to the file, and to standard error when `isEchoed` and it is a warning or worse.
  ///
  /// A line of a cycle bears its id, also where who writes it knows nothing of cycles.
  func write(_ level: Logger.Level, _ message: String, metadata: Logger.Metadata, label: String, isEchoed: Bool) {
    var common = common
    if let cycle = CycleScope.cycle { common["cycle"] = .string("\(cycle)") }
    let record = LogRecord(
      time: clock.now(), level: level, label: label, message: message,
      metadata: common.merging(metadata) { _, own in own })
    let line = record.line(format, offset: zone.offset(at: record.time))
    if let failure = file.append(line, at: record.time) { tellFailure(failure) }
    guard isEchoed, level >= .warning else { return }
    standardError.write(
      standardError.isTerminal
        ? standardError.coloured(record.shortLine, level == .warning ? .yellow : .red) : line)
  }

  private func tellFailure(_ reason: String) {
    let isNew = state.withLock { state in
      defer { state.isFailureTold = true }
      return !state.isFailureTold
    }
    if isNew {
      standardError.write("WARNING the log file \(file.path.escapingUnprintable()) cannot be written: \(reason)")
    }
  }
}
