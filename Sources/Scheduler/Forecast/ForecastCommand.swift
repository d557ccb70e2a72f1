import ArgumentParser
import Database
import LeadStore
import Leads
import Operations
import Planning
import Timekeeping

struct ForecastCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "forecast",
    abstract: "Predicts when stock and sources run out, from the demand that the store has recorded.",
    discussion: """
      Asks neither the CRM nor the sources: it reads what earlier cycles recorded. With fewer than \
      \(ClassForecast.daysMin) business days of it nothing is predicted, and the minimums alone hold.

      Example:
        lead-scheduler forecast --format json
      """)

  @OptionGroup var common: ProgramOptions

  @Option(help: "text: for people; json: one document with every number.")
  var format = PlanPreview.Format.text

  func run() async throws {
    try await runningCommand { try await Onlooker.look(common.source(), show) }
  }

  private func show(_ program: Program) async throws -> ExitStatus {
    let report = try await ForecastReading(program: program).report()
    let time = WorkTime(calendar: program.calendar, now: report.madeAt)
    let isForecasting = program.configuration.planning.isForecasting
    switch format {
    case .text: ForecastText(report: report, time: time, isForecasting: isForecasting).lines.forEach { print($0) }
    case .json: try Document.print(ForecastDocument(report, time: time, isForecasting: isForecasting))
    }
    return .done
  }
}

/// Reads from the store what a forecast rests on.
struct ForecastReading: Sendable {
  let program: Program

  func report() async throws -> ForecastReport {
    let configuration = program.configuration
    let now = program.clock.now()
    let past = program.calendar.workDays(until: now, count: ClassForecast.daysMax + 1)
    let ahead = program.calendar.workDays(from: now, count: ForecastReport.horizonDays)
    return try await program.store.read { transaction in
      let history = try DemandHistory.read(days: past, now: now, in: transaction)
      return ForecastReport(
        uptake: history.uptake, stock: try Self.stock(in: transaction),
        sources: try Self.sources(configuration.sourceManagement.sourceFiles, in: transaction),
        policy: configuration.policy, rules: configuration.forecasting, ahead: ahead, now: now)
    }
  }

  /// Available leads by the last accepted reading, with ours in flight; 0 before the first one.
  static func stock(in transaction: Transaction) throws -> PerClass<Int> {
    guard let snapshot = try SnapshotTable.lastAccepted(in: transaction), let reading = snapshot.stock else {
      return PerClass(repeating: 0)
    }
    let inFlight = try BatchTable.inFlight(since: snapshot.beganAt, in: transaction)
    return reading.availablePerClass.map { $1 + inFlight[$0] }
  }

  /// The configured sources in order, each with the new leads that it holds.
  static func sources(_ paths: [String], in transaction: Transaction) throws -> [(name: String, supply: Int)] {
    try paths.compactMap { path in
      guard let source = try SourceTable.find(path: path, in: transaction) else { return nil }
      return (path, try CatalogTable.supply(sources: [source.id], in: transaction).sum)
    }
  }
}
