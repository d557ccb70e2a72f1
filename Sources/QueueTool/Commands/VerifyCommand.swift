import Alerts
import ArgumentParser
import Connectors
import Database
import LeadStore
import Leads
import Logging
import Operations
import Timekeeping

struct VerifyCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify",
    abstract: "Proves that every selected lead is accounted for, in the books and in the CRM.",
    discussion: """
      selected = created + duplicate + rejected + unresolved + pending + released, for every plan; counters, ledger \
      and catalog must agree; and every lead of the CRM is looked at: created ones are there exactly once, duplicates \
      are there, rejected and released ones are not. Of a lead that does not fit, the intent, the request, the answer \
      and the CRM's row are shown, and which of these four links breaks.

      For example: lead-queue verify
      without the CRM: lead-queue verify --offline

      Leads that were in the CRM once and are gone since have drifted: they are listed apart, and noted in log and \
      audit trail when they are found first. To give them back to the catalog, for a later plan to upload them again:

      lead-queue verify --repair --reason "the CRM lost a day"

      Exit code 1 on any mismatch or drift that is left, 69 when the CRM cannot be asked. May run while everything \
      works.
      """)

  @OptionGroup var common: ProgramOptions
  @Flag(name: .long, help: "Check the books only; do not ask the CRM.") var offline = false
  @Flag(name: .long, help: "Give drifted leads back to the catalog; asks first. Needs --reason.") var repair = false
  @Option(name: .long, help: ArgumentHelp("Why; kept in the audit trail beside your name.", valueName: "text"))
  var reason: String?
  @Flag(name: .long, help: "Repair without asking.") var yes = false
  @Option(name: .long, help: ArgumentHelp("Name at most so many mismatches of a kind.", valueName: "n")) var limit = 50
  @OptionGroup var format: FormatOption

  func validate() throws {
    guard limit > 0 else { throw ValidationError("--limit must be at least 1.") }
    guard repair else {
      if reason != nil || yes { throw ValidationError("--reason and --yes go with --repair.") }
      return
    }
    if offline { throw ValidationError("--repair needs the CRM: leave --offline out.") }
    guard let reason, reason.contains(where: { !$0.isWhitespace }) else {
      throw ValidationError("--repair needs --reason, which says why.")
    }
  }

  func run() async throws {
    try await runningCommand { try await verify() }
  }

  private func verify() async throws -> ExitStatus {
    if repair, !yes, !Question.canBeAsked {
      throw ProgramError.usage("Nobody can be asked here: give --yes beside --repair, or leave --repair out.")
    }
    let desk = try await Desk.open(common)
    let progress = ProgressLine()
    let crm = CRMAccess(desk: desk) { progress.show($0) }
    let look: (@Sendable () async throws -> CRMIndex)? = offline ? nil : { @Sendable in try await crm.look() }
    let verification = Verification(
      store: desk.store, time: desk.screen.time, namedMax: limit, look: look
    ) { progress.show($0) }
    let result = try await verification.run()
    progress.clear()
    var report = VerificationReport(books: result.books, crm: crmResult(result))
    if let comparison = result.crm { report.newlyDrifted = try await note(comparison, desk) }
    if format.format == .table { desk.screen.show(report.lines(on: desk.screen)) }
    if repair, let comparison = result.crm {
      report.repair = try await repair(comparison, crm, desk)
      if format.format == .table { desk.screen.tell(report.repairLines) }
    }
    if format.format == .json { desk.screen.show(report.document()) }
    if let comparison = result.crm {
      await desk.program.alert([Self.finding(drifted: comparison.drifted.count - (report.repair?.requeued ?? 0))])
    }
    guard report.isClean else { return .failed }
    guard let failure = result.failure else { return .done }
    Message.error(ErrorText.describe(failure))
    return ExitStatus(of: failure)
  }

  /// What people are alerted to. `drifted`: leads that are gone from the CRM and were not requeued.
  static func finding(drifted: Int) -> AlertFinding {
    guard drifted > 0 else {
      return AlertFinding(.drift, "crm", isPresent: false, "No uploaded lead is missing in the CRM")
    }
    return AlertFinding(
      .drift, "crm", isPresent: true,
      "\(VerificationReport.leads(drifted)) that \(drifted == 1 ? "was" : "were") uploaded \(drifted == 1 ? "is" : "are") gone "
        + "from the CRM. To upload again: lead-queue verify --repair --reason …")
  }

  private func crmResult(_ result: Verification.Result) -> VerificationReport.CRMResult {
    if let comparison = result.crm { return .compared(comparison) }
    // What was found in the books is worth showing; the exit code tells of the failure.
    if let failure = result.failure { return .failed(reason: ErrorText.describe(failure)) }
    return offline ? .offline : .nothingSelected
  }

  /// Drift is never silent: what is new goes to the log and the audit trail.
  private func note(_ comparison: CRMComparison, _ desk: Desk) async throws -> Int {
    let news = try await repairer(desk).note(comparison, actor: Person.name())
    if news > 0 {
      desk.program.logger.warning(
        "leads that were uploaded are gone from the CRM",
        metadata: ["drifted": "\(comparison.drift.count)", "new": "\(news)"])
    }
    return news
  }

  /// Nil when the person at the terminal does not want it.
  private func repair(
    _ comparison: CRMComparison, _ crm: CRMAccess, _ desk: Desk
  ) async throws -> VerificationReport.Repair? {
    let leads = comparison.drifted.filter(\.mayBeRequeued).map(\.place).sorted()
    var repair = VerificationReport.Repair(requeued: 0, refused: comparison.drifted.count - leads.count)
    guard !leads.isEmpty else { return repair }
    let count = VerificationReport.leads(leads.count)
    guard yes || Question.isConfirmed("Give \(count) back to the catalog, to be uploaded again? [y/N] ") else {
      Message.note("Nothing was changed.")
      return nil
    }
    let progress = ProgressLine()
    defer { progress.clear() }
    repair.requeued = try await repairer(desk).requeue(
      leads, because: .drift, reason: reason ?? "", actor: Person.name(),
      isGone: { try await crm.stillGone($0, comparison.expectation) }
    ) { progress.show("Requeued: \($0) of \(leads.count) leads") }
    return repair
  }

  private func repairer(_ desk: Desk) -> DriftRepair {
    DriftRepair(store: desk.store) { desk.program.clock.now() }
  }
}
