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

  struct Committed: Sendable {
    var plan: Plan
    var supply: Int
    var selected: [SelectedLead]
    var jobs: [Int64]
    var planID: Int64
  }

  /// `reorder`: as in `PlanningInput`.
  func run(
    _ snapshot: SnapshotRow, stock: Stock, reorder: PerClass<ReorderLevel?>? = nil, in transaction: Transaction
  ) throws -> Committed {
    let moment = workplace.clock.moment()
    let now = moment.wall
    try CycleTable.extend(cycle, scheduler: scheduler, now: now, in: transaction)
    let sources = try configuredSources(in: transaction)
    let supply = try CatalogTable.supply(sources: sources.map(\.id), in: transaction)
    let plan = Planner.plan(
      PlanningInput(
        policy: workplace.policy, stock: stock,
        inFlight: try BatchTable.inFlight(since: snapshot.beganAt, in: transaction), supply: supply,
        usage: try usage(moment, in: transaction), supplyProblem: sources.lazy.compactMap(\.problem).first,
        reorder: reorder))
    let selected = try select(plan, sources: sources.map(\.id), in: transaction)
    let planID = try PlanTable.add(
      plan, cycle: cycle, snapshot: snapshot.id, selected: isDryRun ? 0 : selected.count, now: now, in: transaction)
    var jobs: [Int64] = []
    if !isDryRun {
      jobs = try enqueue(selected, plan: planID, newestLeadID: stock.newestLeadID, now: now, in: transaction)
      try AuditTable.append(
        .planCommitted, subject: "cycle \(cycle)",
        detail: ["plan": planID, "message": plan.message, "selected": selected.count, "jobs": jobs],
        actor: workplace.actor, now: now, in: transaction)
    }
    return Committed(plan: plan, supply: supply.sum, selected: selected, jobs: jobs, planID: planID)
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
      unfinishedBatches: try BatchTable.openCount(in: transaction))
  }

  private func select(_ plan: Plan, sources: [Int64], in transaction: Transaction) throws -> [SelectedLead] {
    guard plan.decision == .upload else { return [] }
    let selected = try LeadClass.allCases.flatMap { leadClass in
      try CatalogTable.choose(leadClass, count: plan.targets[leadClass], sources: sources, in: transaction)
    }
    precondition(selected.count == plan.runSize, "supply and choice were read in one transaction")
    return selected
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
