import ArgumentParser
import Connectors
import Database
import Foundation
import LeadStore
import Leads
import Operations
import Timekeeping

struct RestoreCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "restore", abstract: "Puts a backup in the place of the store, and asks the CRM what happened since.",
    discussion: """
      Stop lead-scheduler and every lead-worker first. The copy is checked and takes the store's place in one step; the \
      former store is kept beside it. Leads that went up after the backup was made are in the CRM, and the backup does \
      not know: so the CRM is asked for them before anything is planned or sent, and they count as uploaded. When the \
      CRM cannot be asked now, the store stays closed until `lead-queue restore --finish` could do so.

      A store on PostgreSQL is put back by PostgreSQL's own means (pg_restore of its schema). Before any program is started, \
      `lead-queue restore --put-back` tells it that it comes from the past, and asks the CRM likewise.

      For example: lead-queue restore /backups/lead-queue-monday.db --reason "the disk failed"
      """)

  @OptionGroup var common: ProgramOptions
  @Argument(help: ArgumentHelp("The backup.", valueName: "file")) var file: String?
  @Flag(name: .long, help: "For a store that was put back by other means: note it, and ask the CRM.") var putBack =
    false
  @Flag(name: .long, help: "Only ask the CRM, for a store that is in its place already.") var finish = false
  @OptionGroup var reason: ReasonOption

  func validate() throws {
    guard [file != nil, putBack, finish].count(where: \.self) == 1 else {
      throw ValidationError("Name the backup, or give --put-back or --finish.")
    }
  }

  func run() async throws {
    try await runningCommand {
      if let file { try await replace(by: file) }
      let desk = try await Desk.open(common)
      if putBack { try await note(desk) }
      return try await reconcile(desk)
    }
  }

  private func replace(by file: String) async throws {
    let settings = try common.source().load()
    guard case .file(let path) = settings.configuration.store.address else {
      throw DatabaseError.notAFile(settings.configuration.store.address.name)
    }
    let screen = Screen(settings)
    let report = try await Restoration(
      path: path, copy: file, reason: reason.reason, actor: Person.name(), now: settings.environment.clock.now()
    ).run()
    screen.show("\(file) is in the place of \(path)." + (report.aside.map { " Before: \($0)" } ?? ""))
    show(report.interrupted, on: screen)
  }

  private func note(_ desk: Desk) async throws {
    let interrupted = try await Restoration.begin(
      desk.store, subject: desk.store.path, reason: reason.reason, actor: Person.name(), now: desk.program.clock.now())
    show(interrupted, on: desk.screen)
  }

  private func show(_ interrupted: RestoreTable.Interrupted, on screen: Screen) {
    guard interrupted.leads > 0 else { return }
    screen.show(
      "\(interrupted.leads) leads of \(interrupted.batches) open batches may have gone up since: they are looked for before "
        + "they are sent.")
  }

  private func reconcile(_ desk: Desk) async throws -> ExitStatus {
    guard try await desk.store.read({ try RestoreTable.restoredAt(in: $0) }) != nil else {
      desk.screen.show("The store is reconciled with the CRM already.")
      return .done
    }
    let progress = ProgressLine()
    defer { progress.clear() }
    do {
      let crm = try await CRMConnection.open(for: desk.program, reconciling: true)
      let report = try await Reconciliation(desk: desk, crm: crm, reason: reason.reason, actor: Person.name()) {
        progress.show("Asking the CRM: \($0) leads")
      }.run()
      progress.clear()
      desk.screen.show(
        "The CRM holds \(report.found) leads that were uploaded after the backup (\(report.looked) looked at): they count "
          + "as uploaded. The programs may be started.")
      return .done
    } catch {
      progress.clear()
      Message.error(ErrorText.describe(error))
      Message.warn(
        "The backup is in place, but the CRM could not be asked what was uploaded since. Nothing is planned or sent until "
          + "`lead-queue restore --finish --reason …` has done so.")
      return ExitStatus(of: error)
    }
  }
}
