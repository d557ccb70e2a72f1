import LeadStore
import Operations

/// What `verify` found, as it is shown.
struct VerificationReport: Sendable {
  /// Why the CRM was not compared.
  enum CRMResult: Sendable {
    case compared(CRMComparison)
    case offline
    /// Nothing was ever selected.
    case nothingSelected
    case failed(reason: String)
  }

  /// What became of drifted leads that somebody wanted back in the catalog.
  struct Repair: Sendable, Equatable {
    var requeued: Int
    /// Leads without npi, which may only go back where marks can be read.
    var refused: Int
  }

  /// So many plans are shown one by one, and fewer to a person, whose screen they would fill.
  private static let plansShown = (listed: 20, onTerminal: 5)

  var books: BooksCheck
  var crm: CRMResult
  /// Drifted leads that no earlier verification found.
  var newlyDrifted = 0
  /// Nil: not asked for, or not wanted in the end.
  var repair: Repair?

  private var comparison: CRMComparison? { if case .compared(let comparison) = crm { comparison } else { nil } }

  /// Without those that drifted.
  var mismatchCount: Int { books.mismatches.count + (comparison?.mismatches.count ?? 0) }
  /// Leads gone from the CRM and not requeued.
  var driftCount: Int { max(0, (comparison?.drift.count ?? 0) - (repair?.requeued ?? 0)) }
  /// Neither a mismatch nor drift.
  var isClean: Bool { mismatchCount == 0 && driftCount == 0 }

  // MARK: For people

  func lines(on screen: Screen) -> [String] {
    let shown = books.latest.suffix(screen.width == nil ? Self.plansShown.listed : Self.plansShown.onTerminal)
    let hidden = books.plans - shown.count
    var lines = hidden > 0 ? ["… \(hidden) earlier plans"] : []
    lines += shown.flatMap { line($0, name: "plan \($0.plan ?? 0)", screen) }
    if books.plans > 1 { lines += line(books.total, name: "all \(books.plans) plans", screen) }
    lines += crmLines(screen)
    lines += listed(books.mismatches, screen)
    if let comparison {
      lines += listed(comparison.mismatches, screen)
      if comparison.drift.count > 0 {
        lines += Tree(driftHeading(comparison), .yellow).lines(on: screen)
        lines += listed(comparison.drift, screen)
      }
    }
    return lines + Tree(verdict, verdictColour).lines(on: screen)
  }

  /// What `--repair` did; empty when it was not asked for.
  var repairLines: [String] {
    guard let repair else { return [] }
    var lines = [
      repair.requeued == 0
        ? "Nothing was requeued."
        : "Requeued \(Self.leads(repair.requeued)): back in the catalog, where a later plan may select them. A lead "
          + "that its file no longer holds is withdrawn when the file is read next."
    ]
    if repair.refused > 0 {
      lines.append(
        "Not requeued: \(Self.leads(repair.refused)) without npi. Nothing but our mark would tell whether they came "
          + "back, and it can be read in the CRM's database only: set LEAD_CRM_DATABASE_URL.")
    }
    return lines
  }

  private func line(_ balance: PlanBalance, name: String, _ screen: Screen) -> [String] {
    let mark = balance.isBalanced ? "✓" : "✗"
    return Tree("\(mark) \(name): \(balance.equation)", balance.isBalanced ? nil : .red).lines(on: screen)
  }

  private func crmLines(_ screen: Screen) -> [String] {
    switch crm {
    case .compared(let report):
      let wrong = report.mismatches.count + report.drift.count
      var rest = report.open > 0 ? "; \(report.open) more are open, and their jobs find out" : ""
      if report.untold > 0 {
        rest += "; \(report.untold) more were given back and sent later: only LEAD_CRM_DATABASE_URL tells these apart"
      }
      let right = max(0, report.compared - wrong)
      return Tree(
        "\(wrong == 0 ? "✓" : "✗") CRM: \(right) of \(report.compared) leads are as the books say\(rest)",
        wrong == 0 ? nil : .red
      ).lines(on: screen)
    case .offline: return ["– CRM: not asked (--offline)"]
    case .nothingSelected: return ["– CRM: not asked, nothing was ever selected"]
    case .failed(let reason): return Tree("✗ CRM: not compared: \(reason)", .red).lines(on: screen)
    }
  }

  private func listed(_ list: MismatchList, _ screen: Screen) -> [String] {
    let rest = list.count - list.named.count
    return list.named.flatMap { $0.tree.lines(on: screen) } + (rest > 0 ? ["… \(rest) more; --limit shows them"] : [])
  }

  private func driftHeading(_ comparison: CRMComparison) -> String {
    let count = comparison.drift.count
    let ours = comparison.drifted.count(where: \.isCreatedByUs)
    let news = newlyDrifted == count ? "all new" : newlyDrifted == 0 ? "all known before" : "\(newlyDrifted) new"
    return "Drift: \(Self.leads(count)), once in the CRM, gone since (\(ours) created by us; \(news))"
  }

  private var verdict: String {
    var found: [String] = []
    if mismatchCount > 0 { found.append("\(mismatchCount) \(mismatchCount == 1 ? "mismatch" : "mismatches")") }
    let drifted = comparison?.drift.count ?? 0
    if drifted > 0 { found.append("\(drifted) drifted \(drifted == 1 ? "lead" : "leads")") }
    guard found.isEmpty else { return found.joined(separator: " and ") + " found." }
    switch crm {
    case .compared: return "Verified: every selected lead is accounted for, here and in the CRM."
    case .offline: return "The books agree with themselves."
    case .nothingSelected: return "Nothing was ever selected, and nothing is wrong."
    case .failed: return "The books agree with themselves; the CRM could not be asked."
    }
  }

  private var verdictColour: StandardStream.Colour? {
    if mismatchCount > 0 || (comparison?.drift.count ?? 0) > 0 { return .red }
    return switch crm {
    case .compared, .offline: .green
    case .nothingSelected: nil
    case .failed: .yellow
    }
  }

  static func leads(_ count: Int) -> String { count == 1 ? "1 lead" : "\(count) leads" }
}

extension Mismatch {
  /// The finding, the four links, and what to do.
  fileprivate var tree: Tree {
    let links = account.map { account in
      LeadAccount.Link.allCases.map { link in
        let isBroken = link == account.broken
        return Tree(
          "\(link.rawValue): \(account.texts[link] ?? "")\(isBroken ? " ← breaks here" : "")", isBroken ? .red : nil)
      }
    }
    return Tree("✗ \(subject): \(finding)", .red, (links ?? []) + [Tree(remedy)])
  }
}
