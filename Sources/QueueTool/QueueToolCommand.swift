import ArgumentParser
import Launch
import Operations

/// `lead-queue`: shows what the system did and why, proves it, and mends by hand.
@main
struct QueueToolCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: Desk.programName,
    abstract: "Shows what the lead queue did and why, proves it against the CRM, and mends by hand.",
    discussion: """
      Start with `lead-queue inspect` for the latest cycles, `lead-queue stats` for the state of everything, and \
      `lead-queue verify` for the proof that every selected lead is accounted for. `lead-queue doctor` says what is wrong, \
      and how to mend it.

      Results go to standard output, messages to standard error. Exit codes: 0 done, 1 failed or a mismatch was found, \
      64 wrong usage, 69 CRM not reachable, 75 busy, 78 configuration invalid.

      Examples:
        lead-queue inspect
        lead-queue jobs --state dead
        lead-queue help retry
      """,
    version: Program.version,
    groupedSubcommands: [
      CommandGroup(
        name: "Look",
        subcommands: [
          InspectCommand.self, StatsCommand.self, TopCommand.self, JobsCommand.self, WhyCommand.self, LeadsCommand.self,
          SourcesCommand.self, CountersCommand.self, WorkersCommand.self, SchedulesCommand.self,
          AlertsCommand.self, ServeCommand.self,
        ]),
      CommandGroup(name: "Prove", subcommands: [DoctorCommand.self, VerifyCommand.self, AuditCommand.self]),
      CommandGroup(
        name: "Mend",
        subcommands: [
          CancelCommand.self, RetryCommand.self, PauseCommand.self, ResumeCommand.self, CooldownCommand.self,
          AcceptStockCommand.self, RebindCRMCommand.self, RequeueCommand.self,
        ]),
      CommandGroup(
        name: "Store",
        subcommands: [
          MigrateCommand.self, BackupCommand.self, RestoreCommand.self, PromoteCommand.self,
          ImportTrackingCommand.self, ExportTrackingCommand.self,
        ]),
      CommandGroup(name: "Measure", subcommands: [BenchCommand.self, BenchWorkerCommand.self]),
    ])

  static func main() async { await main(Launch.arguments) }
}
