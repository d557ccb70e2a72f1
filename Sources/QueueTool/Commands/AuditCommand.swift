import ArgumentParser

struct AuditCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "audit", abstract: "Checks the audit trail.",
    discussion: "For example: lead-queue audit verify", subcommands: [AuditVerifyCommand.self])
}
