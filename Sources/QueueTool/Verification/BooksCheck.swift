import Database
import LeadStore
import Leads

/// Whether the store agrees with itself: plans with batches, batches with ledger and catalog, counters with all of
/// them.
struct BooksCheck: Sendable {
  /// Plans in one reading.
  private static let page = 50
  /// Leads of one plan that are named; more of them tell nothing new.
  private static let namedMax = 100
  /// More days than anybody keeps a store.
  private static let daysMax = 40_000

  struct Report: Sendable {
    var balances: [PlanBalance] = []
    var mismatches: [Mismatch] = []
  }

  let store: Store
  /// Told how many plans were looked at so far.
  let progress: @Sendable (Int) -> Void

  func run() async throws -> Report {
    var report = Report()
    var last: Int64 = 0
    while true {
      let part = try await store.read { [last] in try Self.plans(after: last, in: $0) }
      guard let end = part.last else { break }
      report.balances += part.balances
      report.mismatches += part.mismatches
      last = end
      progress(report.balances.count)
    }
    // One reading, since a worker may settle leads in between.
    report.mismatches += try await store.read { try Self.days(in: $0) }
    return report
  }

  private static func plans(
    after id: Int64, in transaction: Transaction
  ) throws -> (balances: [PlanBalance], mismatches: [Mismatch], last: Int64?) {
    let plans = try PlanTable.selections(after: id, limit: page, in: transaction)
    var balances: [PlanBalance] = []
    var mismatches: [Mismatch] = []
    for plan in plans {
      let found = try BatchTable.balance(ofPlan: plan.planID, in: transaction)
      let balance = PlanBalance(plan: plan.planID, cycle: plan.cycleID, selected: plan.selected, states: found.states)
      balances.append(balance)
      mismatches += faults(of: balance, leadCount: found.leadCount, reserved: found.reserved)
      mismatches += try BatchTable.inconsistencies(ofPlan: plan.planID, limit: namedMax, in: transaction).map(fault)
    }
    return (balances, mismatches, plans.last?.planID)
  }

  private static func faults(of balance: PlanBalance, leadCount: Int, reserved: Int) -> [Mismatch] {
    let subject = "plan \(balance.plan ?? 0)"
    var faults: [Mismatch] = []
    if !balance.isBalanced {
      faults.append(Mismatch(subject: subject, finding: balance.equation, remedy: tampered))
    }
    if leadCount != balance.selected {
      faults.append(
        Mismatch(
          subject: subject, finding: "it selected \(balance.selected) leads, its batches were made with \(leadCount)",
          remedy: tampered))
    }
    if reserved != balance.selected {
      faults.append(
        Mismatch(
          subject: subject, finding: "it selected \(balance.selected) leads, the ledger reserved \(reserved)",
          remedy: tampered))
    }
    return faults
  }

  private static func fault(_ found: BookInconsistency) -> Mismatch {
    let lead = found.detail.lead
    return Mismatch(
      subject: lead.key.rawValue,
      finding:
        "batch \(found.detail.batchID) says \(lead.state.rawValue), the catalog \(found.detail.catalogState.rawValue), "
        + "the ledger has \(found.finalLines) results, \(found.agreeingLines) of them \(lead.state.rawValue)",
      remedy: tampered)
  }

  /// Counters against the leads that they count, and the days taken over from the replaced script.
  private static func days(in transaction: Transaction) throws -> [Mismatch] {
    var expected: [String: DailyCount] = [:]
    for (day, state, count) in try BatchTable.perDay(limit: daysMax, in: transaction) {
      expected[day, default: DailyCount(day: day)].count(count, of: state)
    }
    for (day, amount) in try LedgerTable.importedPerDay(limit: daysMax, in: transaction) {
      expected[day, default: DailyCount(day: day)].created += amount
    }
    let counters = try QuotaTable.list(limit: daysMax, in: transaction)
    let counted = Dictionary(uniqueKeysWithValues: counters.map { ($0.day, $0) })
    return Set(expected.keys).union(counted.keys).sorted().compactMap { day in
      let should = expected[day] ?? DailyCount(day: day)
      let does = counted[day] ?? DailyCount(day: day)
      guard should != does else { return nil }
      return Mismatch(
        subject: day, finding: "the counter says \(text(does)); the leads say \(text(should))", remedy: tampered)
    }
  }

  private static func text(_ count: DailyCount) -> String {
    "created \(count.created), reserved \(count.reserved), duplicates \(count.duplicates), rejected \(count.rejected)"
  }

  /// The programs change these records together or not at all.
  private static let tampered = """
    The store was changed by something else than these programs, or is damaged: stop them, run `lead-queue audit \
    verify`, and restore a backup
    """
}

extension DailyCount {
  fileprivate mutating func count(_ leads: Int, of state: BatchLeadState) {
    switch state {
    case .created: created += leads
    case .pending, .unresolved: reserved += leads
    case .duplicate: duplicates += leads
    case .rejected: rejected += leads
    case .released: break
    }
  }
}
