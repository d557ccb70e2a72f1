import ArgumentParser

struct CooldownCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "cooldown", abstract: "Manages the least time between two uploads.",
    discussion: #"For example: lead-queue cooldown clear --reason "the morning's upload was a test""#,
    subcommands: [CooldownClearCommand.self])
}
