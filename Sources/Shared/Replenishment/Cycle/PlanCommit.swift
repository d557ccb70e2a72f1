import Connectors
import Database
import JobQueue
import LeadStore
import Leads
import Planning
import Timekeeping

/// Makes the plan and commits everything that follows from it in one transaction: selection, batches, jobs, reserved quota.
/// What the plan counted is therefore still true when it is committed, whatever other processes do.
struct PlanCommit: Sendable {
  let workplace: Workplace
  let cycle: Int64
  let scheduler: String
  /// A dry run selects, but reserves and enqueues nothing.
  let isDryRun: Bool
  /// Keys of leads to name for each reason why leads were not taken.
  var examples = 0
  /// What the recorded demand predicts, for what people are told; nil: nothing.
  var forecast: ForecastReport?
  /// A saved plan: only if the one made now is the same, it is committed.
  var approval: PlanApproval?

  struct Committed: Sendable {
    var plan: Plan
    var supply: Int
    var selected: [SelectedLead]
    var jobs: [Int64]
    var planID: Int64
    /// What a dry run rests on.
    var draft: PlanDraft?
  }

  /// `reorder`: as in `PlanningInput`. Throws `PlanRefusal` when `approval` is stale: nothing of the transaction may be
  /// committed then.
  func run(
    _ snapshot: SnapshotRow, stock: Stock, reorder: PerClass<ReorderLevel?>? = nil, in transaction: Transaction
  ) throws -> Committed {
    let moment = workplace.clock.moment()
    let now = moment.wall
    try CycleTable.extend(cycle, scheduler: scheduler, now: now, in: transaction)
    let sources = try configuredSources(in: transaction)
    let supplies = try CatalogTable.supplyBySource(sources: sources.map(\.id), in: transaction)
    let supply = supplies.values.reduce(PerClass(repeating: 0)) { sum, part in sum.map { $1 + part[$0] } }
    var plan = Planner.plan(
      PlanningInput(
        policy: workplace.policy, stock: stock,
        inFlight: try BatchTable.inFlight(since: snapshot.beganAt, in: transaction), supply: supply,
        usage: try usage(moment, in: transaction), supplyProblem: sources.lazy.compactMap(\.problem).first,
        teamStates: try PlanTable.lastTeamStates(in: transaction),
        closure: workplace.closure(at: now), untilNextCheckMilliseconds: workplace.checkInterval?.milliseconds,
        scheduledIntervalMilliseconds: workplace.checkInterval == nil ? workplace.scheduledInterval?.milliseconds : nil,
        reorder: reorder))
    let selected = try LeadChoice(order: rotation(of: sources)).choose(&plan, in: transaction)
    plan.sources = try uses(of: sources, supplies, selected, in: transaction)
    plan.exclusions = try CatalogTable.exclusions(
      selected: selected, supply: supply.sum, unusable: sources.map(\.counts.rejected).reduce(0, +),
      sources: sources.map(\.id), examples: examples, in: transaction)
    let draft = try isDryRun || approval != nil ? drafted(plan, sources, selected, in: transaction) : nil
    if let draft { try approval?.check(draft, now: now, in: transaction) }
    let planID = try PlanTable.add(
      plan, cycle: cycle, snapshot: snapshot.id, selected: isDryRun ? 0 : selected.count, now: now, in: transaction)
    var jobs: [Int64] = []
    if !isDryRun {
      try approval?.note(plan: planID, now: now, in: transaction)
      jobs = try enqueue(selected, plan: planID, newestLeadID: stock.newestLeadID, now: now, in: transaction)
      try AuditTable.append(
        .planCommitted, subject: "cycle \(cycle)",
        detail: ["plan": planID, "message": plan.message, "selected": selected.count, "jobs": jobs],
        actor: workplace.actor, now: now, in: transaction)
      try alert(plan, left: supply.sum - selected.count, now: now, in: transaction)
    }
    return Committed(plan: plan, supply: supply.sum, selected: selected, jobs: jobs, planID: planID, draft: draft)
  }

  /// Tells people how the stock stands that the plan found, and what the sources hold after it.
  private func alert(_ plan: Plan, left: Int, now: Timestamp, in transaction: Transaction) throws {
    let findings = StockFindings(
      policy: workplace.policy, calendar: workplace.calendar, now: now, forecast: forecast)
    try workplace.alertBook.look(
      [CycleFindings.reached, CycleFindings.plausible]
        + findings.stock(plan.input.stock, inFlight: plan.input.inFlight)
        + [findings.sources(left: left, hasProblem: plan.input.supplyProblem != nil)],
      now: now, in: transaction)
  }

  private func drafted(
    _ plan: Plan, _ sources: [SourceRow], _ selected: [SelectedLead], in transaction: Transaction
  ) throws -> PlanDraft {
    PlanDraft(
      storeID: try StoreIdentityTable.storeID(in: transaction), crm: workplace.crm.identity, sources: sources,
      auditEntry: try AuditTable.head(in: transaction).entryID, plan: plan, leads: selected)
  }

  private func configuredSources(in transaction: Transaction) throws -> [SourceRow] {
    try workplace.sourcePaths.compactMap { try SourceTable.find(path: $0, in: transaction) }
  }

  private func usage(_ moment: Moment, in transaction: Transaction) throws -> PlanningInput.Usage {
    let count = try QuotaTable.count(of: workplace.day(of: moment.wall), in: transaction)
    let cooldown = try CooldownTable.elapsed(at: moment, in: transaction)
    if cooldown?.isSetBack == true {
      // From here on the new time counts; otherwise every cycle would start the cooldown anew.
      try CooldownTable.start(moment, in: transaction)
      try AuditTable.append(
        .clockSetBack, subject: "cooldown", actor: workplace.actor, now: moment.wall, in: transaction)
    }
    return PlanningInput.Usage(
      createdToday: count.created, reservedToday: count.reserved,
      sinceLastUploadMilliseconds: cooldown?.elapsed.milliseconds,
      unfinishedBatches: try BatchTable.openCount(in: transaction),
      untilResetMilliseconds: (workplace.calendar.midnight(after: moment.wall) - moment.wall).milliseconds)
  }

  private func rotation(of sources: [SourceRow]) -> SourceRotation.Order {
    let rules = workplace.sources
    let files = sources.map { source in
      SourceRotation.File(
        id: source.id, modified: source.fingerprint.flatMap(SourceFingerprint.init(beginningOf:))?.modifiedNanoseconds,
        weight: rules.weights[source.path] ?? 1)
    }
    return rules.rotation.order(of: files, turn: cycle)
  }

  /// What is taken from each file that had leads, in the order of the configuration.
  private func uses(
    of sources: [SourceRow], _ supplies: [Int64: PerClass<Int>], _ selected: [SelectedLead], in transaction: Transaction
  ) throws -> [SourceUse] {
    let taken = try CatalogTable.countBySource(selected, in: transaction)
    return sources.compactMap { source in
      guard let supply = supplies[source.id] else { return nil }
      let count = taken[source.id] ?? 0
      return SourceUse(path: source.path, taken: count, left: supply.sum - count)
    }
  }

  private func enqueue(
    _ selected: [SelectedLead], plan: Int64, newestLeadID: Int64, now: Timestamp, in transaction: Transaction
  ) throws -> [Int64] {
    let size = workplace.upload.batchSize
    return try stride(from: 0, to: selected.count, by: size).enumerated().map { index, start in
      let leads = Array(selected[start..<min(start + size, selected.count)])
      let payload = try Payload.encode(UploadPayload(plan: plan, ordinal: index + 1))
      let job = try JobTable.enqueue(
        NewJob(
          kind: JobKind.upload.rawValue, queue: JobKind.upload.queue, payload: payload,
          uniqueKey: "upload:\(plan):\(index + 1)", maxFailures: workplace.upload.maxFailures, isPermanent: true),
        now: now,
        in: transaction)
      guard let job else { preconditionFailure("a new plan has no jobs yet") }
      _ = try BatchTable.create(
        plan: plan, ordinal: index + 1, job: job, leads: leads, newestLeadID: newestLeadID, day: workplace.day(of: now),
        now: now, in: transaction)
      return job
    }
  }
}
