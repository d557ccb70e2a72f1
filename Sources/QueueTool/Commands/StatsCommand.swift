import ArgumentParser
import Database
import Operations
import Timekeeping

struct StatsCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "stats", abstract: "Shows jobs, catalog, today's count, cooldown and the store itself in one view.",
    discussion: "For example: lead-queue stats --format json")

  @OptionGroup var common: ProgramOptions
  @OptionGroup var format: FormatOption

  func run() async throws {
    try await runningCommand {
      let desk = try await Desk.open(common)
      let program = desk.program
      let summary = try await desk.store.read { transaction in
        try StoreSummary(
          path: program.store.path, policy: program.configuration.policy, calendar: program.calendar,
          moment: program.clock.moment(), in: transaction)
      }
      switch format.format {
      case .table: desk.screen.show(summary.lines(on: desk.screen))
      case .json: desk.screen.show(summary.document(desk.screen.time))
      }
      return .done
    }
  }
}
