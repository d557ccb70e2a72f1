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

      For example: lead-queue restore /backups/lead-queue-monday.db --reason "the disk failed"
      """)

  @OptionGroup var common: ProgramOptions
  @Argument(help: ArgumentHelp("The backup.", valueName: "file")) var file: String?
  @Flag(name: .long, help: "Only ask the CRM, for a store that is in its place already.") var finish = false
  @OptionGroup var reason: ReasonOption

  func validate() throws {
    guard (file != nil) != finish else { throw ValidationError("Name the backup, or give --finish.") }
  }

  func run() async throws {
    try await runningCommand {
      let settings = try common.source().load()
      guard case .sqlite(let path) = settings.configuration.store.location else { throw ProgramError.storeNotSupported }
      let screen = Screen(settings)
      if let file {
        let report = try await Restoration(
          path: path, copy: file, reason: reason.reason, actor: Person.name(), now: settings.environment.clock.now()
        ).run()
        screen.show("\(file) is in the place of \(path)." + (report.aside.map { " Before: \($0)" } ?? ""))
        if report.interrupted.leads > 0 {
          screen.show(
            "\(report.interrupted.leads) leads of \(report.interrupted.batches) open batches may have gone up since: they "
              + "are looked for before they are sent.")
        }
      }
      return try await reconcile(Desk.open(common))
    }
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
