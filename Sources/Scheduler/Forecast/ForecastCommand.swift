import ArgumentParser
import Database
import LeadStore
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
    let reading = program.forecastReading
    let report = try await program.store.read { [now = program.clock.now()] in try reading.report(now: now, in: $0) }
    let time = WorkTime(calendar: program.calendar, now: report.madeAt)
    let isForecasting = program.configuration.planning.isForecasting
    switch format {
    case .text: Shown.print(ForecastText(report: report, time: time, isForecasting: isForecasting).lines)
    case .json: try Document.print(ForecastDocument(report, time: time, isForecasting: isForecasting))
    }
    return .done
  }
}
