import ArgumentParser

struct AuditCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "audit", abstract: "Shows, checks and exports the audit trail: who did what, when and why.",
    discussion: "For example: lead-queue audit verify",
    subcommands: [AuditListCommand.self, AuditVerifyCommand.self, AuditExportCommand.self])
}
