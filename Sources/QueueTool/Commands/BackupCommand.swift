import ArgumentParser
import Database
import LeadStore
import Operations
import Timekeeping

struct BackupCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "backup", abstract: "Makes a consistent copy of the store while everything works.",
    discussion: """
      The copy is one file with everything committed before it was begun, readable by its owner only; it holds personal \
      data. It is checked, by SQLite and by its audit trail, before it gets its name. `lead-queue restore` puts it back.

      A store on PostgreSQL is backed up by PostgreSQL's own means: pg_dump --schema NAME.

      For example: lead-queue backup /backups/lead-queue-monday.db
      """)

  @OptionGroup var common: ProgramOptions
  @Argument(help: ArgumentHelp("The copy.", valueName: "file")) var file: String
  @Flag(name: .long, help: "Replace a file of that name.") var force = false
  @Option(name: .long, help: ArgumentHelp("Why; kept in the audit trail beside your name.", valueName: "text"))
  var reason = "backup"

  func run() async throws {
    try await runningCommand {
      let desk = try await Desk.open(common)
      guard case .file = desk.store.address else { throw DatabaseError.notAFile(desk.store.path) }
      let progress = ProgressLine()
      defer { progress.clear() }
      let total = max(1, Backup.size(of: desk.store.path) + Backup.size(of: desk.store.path + "-wal"))
      let size = try await Backup(store: desk.store, path: file, mayOverwrite: force) {
        progress.show("Copying: \(min(99, $0 * 100 / total)) %")
      }.run()
      progress.clear()
      let (actor, now) = (Person.name(), desk.program.clock.now())
      try await desk.store.write(.power) { [reason, file] transaction in
        try Desk.audit(
          .storeBackedUp, subject: file, reason: reason, detail: ["bytes": size], actor: actor, now: now,
          in: transaction)
      }
      desk.screen.show("\(file): \(size / 1024) KiB, checked: pages, references and audit trail are whole.")
      return .done
    }
  }
}
