import LeadStore
import Operations

/// What `verify` found, as it is shown.
struct VerificationReport: Sendable {
  /// Why the CRM was not compared.
  enum CRMResult: Sendable {
    case compared(CRMComparison.Report)
    case offline
    /// Nothing was ever selected.
    case nothingSelected
    case failed(reason: String)
  }

  /// So many plans are shown one by one.
  private static let plansShown = 20

  var books: BooksCheck.Report
  var crm: CRMResult

  var mismatches: [Mismatch] {
    guard case .compared(let report) = crm else { return books.mismatches }
    return books.mismatches + report.mismatches
  }

  func lines(on screen: Screen) -> [String] {
    let balances = books.balances
    let shown = balances.suffix(Self.plansShown)
    let hidden = balances.count - shown.count
    var lines = hidden > 0 ? ["… \(hidden) earlier plans"] : []
    lines += shown.map { line($0, name: "plan \($0.plan ?? 0)", screen) }
    lines.append(line(.total(of: balances), name: "total", screen))
    lines += crmLines(screen)
    for mismatch in mismatches {
      lines.append(
        screen.coloured("✗ \(mismatch.subject.escapingUnprintable()): \(mismatch.finding.escapingUnprintable())", .red))
      lines.append("    \(mismatch.remedy).")
    }
    return lines + [verdict(screen)]
  }

  func document() -> JSONText {
    let total = PlanBalance.total(of: books.balances)
    return .object([
      ("is_verified", .boolean(isVerified)), ("total", .object(Self.members(total))),
      (
        "plans",
        .list(
          books.balances.map {
            .object([("plan", .optional($0.plan)), ("cycle", .optional($0.cycle))] + Self.members($0))
          })
      ),
      ("crm", crmDocument),
      (
        "mismatches",
        .list(
          mismatches.map {
            .object([
              ("subject", .text($0.subject)), ("finding", .text($0.finding)), ("remedy", .text($0.remedy)),
            ])
          })
      ),
    ])
  }

  private func line(_ balance: PlanBalance, name: String, _ screen: Screen) -> String {
    let mark = balance.isBalanced ? screen.coloured("✓", .green) : screen.coloured("✗", .red)
    return "\(mark) \(name): \(balance.equation)"
  }

  private func crmLines(_ screen: Screen) -> [String] {
    switch crm {
    case .compared(let report):
      let mark = report.mismatches.isEmpty ? screen.coloured("✓", .green) : screen.coloured("✗", .red)
      var rest = report.open > 0 ? "; \(report.open) more are open, and their jobs find out" : ""
      if report.untold > 0 {
        rest += "; \(report.untold) more were given back and sent later: only LEAD_CRM_DATABASE_URL tells these apart"
      }
      return [
        "\(mark) CRM: \(report.compared - report.mismatches.count) of \(report.compared) leads are as the books "
          + "say\(rest)"
      ]
    case .offline: return ["– CRM: not asked (--offline)"]
    case .nothingSelected: return ["– CRM: not asked, nothing was ever selected"]
    case .failed(let reason): return [screen.coloured("✗ CRM: not compared: \(reason.escapingUnprintable())", .red)]
    }
  }

  private var isVerified: Bool {
    if case .failed = crm { return false }
    return mismatches.isEmpty
  }

  private func verdict(_ screen: Screen) -> String {
    if !mismatches.isEmpty {
      let count = mismatches.count
      return screen.coloured("\(count) \(count == 1 ? "mismatch" : "mismatches") found.", .red)
    }
    switch crm {
    case .compared:
      return screen.coloured("Verified: every selected lead is accounted for, here and in the CRM.", .green)
    case .offline: return screen.coloured("The books agree with themselves.", .green)
    case .nothingSelected: return "Nothing was ever selected, and nothing is wrong."
    case .failed: return screen.coloured("The books agree with themselves; the CRM could not be asked.", .yellow)
    }
  }

  private var crmDocument: JSONText {
    switch crm {
    case .compared(let report):
      .object([
        ("state", .text("compared")), ("compared", .int(report.compared)), ("open", .int(report.open)),
        ("untold", .int(report.untold)),
        ("mismatches", .int(report.mismatches.count)),
      ])
    case .offline: .object([("state", .text("offline"))])
    case .nothingSelected: .object([("state", .text("nothing_selected"))])
    case .failed(let reason): .object([("state", .text("failed")), ("reason", .text(reason))])
    }
  }

  private static func members(_ balance: PlanBalance) -> [(name: String, value: JSONText)] {
    [("selected", .int(balance.selected))] + PlanBalance.order.map { ($0.rawValue, .int(balance[$0])) } + [
      ("is_balanced", .boolean(balance.isBalanced))
    ]
  }
}
