import ArgumentParser
import Launch
import Operations

@main
struct SchedulerCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "lead-scheduler",
    abstract: "Watches the CRM's stock of leads, plans, and enqueues uploads.",
    discussion: """
      Examples:
        lead-scheduler --mode once
        lead-scheduler --mode continuous --interval 30
        lead-scheduler plan --format json
        lead-scheduler plan --out plan.json
        lead-scheduler apply plan.json
        lead-scheduler forecast
        lead-scheduler simulate --months 12
      """,
    version: Program.version,
    subcommands: [
      RunCommand.self, PlanCommand.self, ApplyCommand.self, ForecastCommand.self, SimulateCommand.self,
      CheckConfigCommand.self,
    ],
    defaultSubcommand: RunCommand.self)

  static func main() async { await main(Launch.arguments) }
}
