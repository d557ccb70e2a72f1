import Database
import LeadStore
import Leads

/// Whether the store agrees with itself, told batch by batch in ascending order: plans with their batches, batches with ledger
/// and catalog; at the end counters with all of them. Keeps the sums, the latest plans, and what is wrong.
struct BooksCheck: Sendable {
  /// Plans in one reading.
  private static let page = 1000
  /// The latest plans are kept to be shown.
  private static let plansMax = 1000
  /// More days than anybody keeps a store.
  private static let daysMax = 40_000
  /// What is wrong with more cells than this needs no longer list.
  private static let cellsMax = 1000

  /// All plans together.
  private(set) var total = PlanBalance(selected: 0, states: [:])
  private(set) var plans = 0
  /// The latest plans, oldest first.
  private(set) var latest: [PlanBalance] = []
  private(set) var mismatches: MismatchList
  private let rule: BooksRule
  private var open: OpenPlan?

  private struct OpenPlan: Sendable {
    var balance: PlanBalance
    var leadCount = 0
    var reserved = 0
  }

  init(namedMax: Int, time: ShownTime) {
    mismatches = MismatchList(namedMax: namedMax)
    rule = BooksRule(time: time)
  }

  /// The next batch, with all its leads.
  mutating func take(_ batch: BatchTrace) {
    if let open, open.balance.plan != batch.planID { close(open) }
    var plan =
      open
      ?? OpenPlan(
        balance: PlanBalance(plan: batch.planID, cycle: batch.cycleID, selected: batch.planSelected, states: [:]))
    plan.leadCount += batch.leadCount
    plan.reserved += batch.reserved
    for lead in batch.leads {
      plan.balance.states[lead.state, default: 0] += 1
      if lead.requeuedAt != nil { plan.balance.requeued += 1 }
    }
    open = plan
    mismatches.append(rule.mismatches(of: batch))
  }

  /// After the last batch: what no batch shows.
  mutating func finish(_ store: Store) async throws {
    if let open { close(open) }
    var last: Int64 = 0
    while true {
      let page = try await store.read { [last] in
        try TraceTable.plansWithoutBatches(after: last, limit: Self.page, in: $0)
      }
      guard let end = page.last else { break }
      for plan in page {
        close(
          OpenPlan(
            balance: PlanBalance(plan: plan.planID, cycle: plan.cycleID, selected: plan.selected, states: [:])))
      }
      last = end.planID
    }
    // One reading, since a worker may settle leads in between.
    let (days, sums) = try await store.read { (try Self.days(in: $0), try Self.sums(in: $0)) }
    mismatches.append(days)
    mismatches.append(try await store.read { try Self.supply(in: $0) })
    // What is wrong with leads and counters shows in the sums too.
    if mismatches.counts.isEmpty { mismatches.append(sums) }
  }

  private mutating func close(_ plan: OpenPlan) {
    open = nil
    let balance = plan.balance
    plans += 1
    total.add(balance)
    latest.append(balance)
    // Seldom, so that it costs nothing to speak of.
    if latest.count >= 2 * Self.plansMax { latest.removeFirst(latest.count - Self.plansMax) }
    let subject = "plan \(balance.plan ?? 0)"
    func fault(_ finding: String) {
      mismatches.append(
        Mismatch(kind: .books, subject: subject, finding: finding, remedy: BooksRule.tampered))
    }
    if !balance.isBalanced { fault(balance.equation) }
    if plan.leadCount != balance.selected {
      fault("it selected \(balance.selected) leads, its batches were made with \(plan.leadCount)")
    }
    if plan.reserved != balance.selected {
      fault("it selected \(balance.selected) leads, the ledger reserved \(plan.reserved)")
    }
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
        kind: .books, subject: day, finding: "the counter says \(text(does)); the leads say \(text(should))",
        remedy: BooksRule.tampered)
    }
  }

  /// Counters against what the ledger adds up to.
  private static func sums(in transaction: Transaction) throws -> [Mismatch] {
    try QuotaTable.disagreements(in: transaction).map { pair in
      Mismatch(
        kind: .books, subject: pair.counter.day,
        finding: "the counter says \(text(pair.counter)); the ledger adds up to \(text(pair.ledger))",
        remedy: BooksRule.tampered)
    }
  }

  /// The counts that plans rest on against the leads that they count.
  private static func supply(in transaction: Transaction) throws -> [Mismatch] {
    try CatalogTable.supplyDisagreements(limit: cellsMax, in: transaction).map { cell in
      let parts = [cell.leadClass, cell.region, cell.segment].filter { !$0.isEmpty }
      return Mismatch(
        kind: .books, subject: "supply of source \(cell.source), \(parts.joined(separator: " "))",
        finding: "the count says \(cell.counted) available leads; there are \(cell.found)", remedy: BooksRule.tampered)
    }
  }

  private static func text(_ count: DailyCount) -> String {
    "created \(count.created), reserved \(count.reserved), duplicates \(count.duplicates), rejected \(count.rejected)"
  }
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
