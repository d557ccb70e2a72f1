import ArgumentParser

struct AlertsCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "alerts", abstract: "Shows what people are alerted to, and tries the ways on which they are told.",
    discussion: """
      For example: lead-queue alerts
      or, after LEAD_SMTP_URL was set: lead-queue alerts test
      """,
    subcommands: [AlertsListCommand.self, AlertsTestCommand.self], defaultSubcommand: AlertsListCommand.self)
}
