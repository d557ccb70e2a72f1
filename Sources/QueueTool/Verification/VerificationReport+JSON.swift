import LeadStore

/// The report as one document. Names are stable; lists of mismatches are as long as `--limit` says, counts are of all.
extension VerificationReport {
  func document() -> JSONText {
    .object([
      ("is_verified", .boolean(isVerified)), ("total", .object(Self.members(books.total))),
      ("plan_count", .int(books.plans)),
      // The latest ones, oldest first.
      (
        "plans",
        .list(
          books.latest.map {
            .object([("plan", .optional($0.plan)), ("cycle", .optional($0.cycle))] + Self.members($0))
          })
      ),
      ("crm", crmDocument), ("mismatch_count", .int(mismatchCount)),
      ("mismatches", .list((books.mismatches.named + (comparison?.mismatches.named ?? [])).map(\.document))),
      ("drift", driftDocument),
      (
        "repair",
        repair.map { .object([("requeued", .int($0.requeued)), ("refused", .int($0.refused))]) } ?? .null
      ),
    ])
  }

  private var isVerified: Bool {
    if case .failed = crm { return false }
    return isClean
  }

  private var comparison: CRMComparison? { if case .compared(let comparison) = crm { comparison } else { nil } }

  private var crmDocument: JSONText {
    switch crm {
    case .compared(let report):
      .object([
        ("state", .text("compared")), ("shows_markers", .boolean(report.expectation.showsMarkers)),
        ("compared", .int(report.compared)), ("open", .int(report.open)), ("untold", .int(report.untold)),
        ("mismatches", .int(report.mismatches.count)), ("drifted", .int(report.drift.count)),
      ])
    case .offline: .object([("state", .text("offline"))])
    case .nothingSelected: .object([("state", .text("nothing_selected"))])
    case .failed(let reason): .object([("state", .text("failed")), ("reason", .text(reason))])
    }
  }

  private var driftDocument: JSONText {
    guard let comparison else { return .null }
    return .object([
      ("count", .int(comparison.drift.count)), ("new", .int(newlyDrifted)),
      ("created_by_us", .int(comparison.drifted.count(where: \.isCreatedByUs))),
      ("repairable", .int(comparison.drifted.count(where: \.mayBeRequeued))),
      ("found_again", .int(comparison.foundAgain.count)), ("leads", .list(comparison.drift.named.map(\.document))),
    ])
  }

  private static func members(_ balance: PlanBalance) -> [(name: String, value: JSONText)] {
    [("selected", .int(balance.selected))] + PlanBalance.order.map { ($0.rawValue, .int(balance[$0])) } + [
      ("requeued", .int(balance.requeued)), ("is_balanced", .boolean(balance.isBalanced)),
    ]
  }
}

extension Mismatch {
  fileprivate var document: JSONText {
    let links = account.map { account in
      JSONText.object(LeadAccount.Link.allCases.map { ($0.rawValue, .optional(account.texts[$0])) })
    }
    return .object([
      ("subject", .text(subject)), ("kind", .text(kind.rawValue)), ("finding", .text(finding)),
      ("remedy", .text(remedy)), ("broken_link", .optional(account?.broken.rawValue)), ("links", links ?? .null),
    ])
  }
}
