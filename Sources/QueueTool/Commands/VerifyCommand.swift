import ArgumentParser
import Connectors
import Database
import LeadStore
import Leads
import Operations

struct VerifyCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify",
    abstract: "Proves that every selected lead is accounted for, in the books and in the CRM.",
    discussion: """
      selected = created + duplicate + rejected + unresolved + pending + released, for every plan; counters, ledger \
      and catalog must agree; and the CRM is asked about each lead: created ones are there exactly once, duplicates \
      are there, rejected and released ones are not.

      For example: lead-queue verify
      without the CRM: lead-queue verify --offline

      Exit code 1 on any mismatch, 69 when the CRM cannot be asked. May run while everything works.
      """)

  @OptionGroup var common: ProgramOptions
  @Flag(name: .long, help: "Check the books only; do not ask the CRM.") var offline = false
  @OptionGroup var format: FormatOption

  func run() async throws {
    try await runningCommand {
      let desk = try await Desk.open(common)
      let progress = ProgressLine()
      let books = try await BooksCheck(store: desk.store) { progress.show("Verifying plans: \($0)") }.run()
      var report = VerificationReport(books: books, crm: offline ? .offline : .nothingSelected)
      var failure: (any Error)?
      if !offline, !books.balances.isEmpty {
        do {
          report.crm = .compared(try await compare(books, desk, progress))
        } catch {
          // What was found in the books is worth showing; the exit code tells of the failure.
          failure = error
          report.crm = .failed(reason: ErrorText.describe(error))
        }
      }
      progress.clear()
      switch format.format {
      case .table: desk.screen.show(report.lines(on: desk.screen))
      case .json: desk.screen.show(report.document())
      }
      guard report.mismatches.isEmpty else { return .failed }
      guard let failure else { return .done }
      Message.error(ErrorText.describe(failure))
      return ExitStatus(of: failure)
    }
  }

  private func compare(
    _ books: BooksCheck.Report, _ desk: Desk, _ progress: ProgressLine
  ) async throws -> CRMComparison.Report {
    let crm = try await CRMConnection.open(for: desk.program)
    let storeID = try await desk.store.read { transaction in
      // Another CRM would be found to lack everything.
      try StoreIdentityTable.requireCRM(crm.identity, in: transaction)
      return try StoreIdentityTable.storeID(in: transaction)
    }
    let total = PlanBalance.total(of: books.balances).selected
    let showsMarkers = desk.program.settings.environment.crmDatabaseURL != nil
    let comparison = CRMComparison(
      store: desk.store, crm: crm, storeID: storeID, expectation: CRMExpectation(showsMarkers: showsMarkers)
    ) { progress.show("Asking the CRM: \($0) of \(total) leads") }
    return try await comparison.run(books.balances.compactMap(\.plan))
  }
}
