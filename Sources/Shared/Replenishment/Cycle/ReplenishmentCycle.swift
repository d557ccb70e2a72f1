import Alerts
package import Database
import JobQueue
import LeadStore
import Leads
import Logging
import Planning
import Timekeeping

/// One pass of the scheduler: begin, refresh sources, read the stock, plan and commit the plan, see the uploads through,
/// close. Everything that must survive is in the store; a scheduler that dies leaves its jobs to the workers, and the next
/// cycle finds its leads in flight.
package struct ReplenishmentCycle: Sendable {
  private let workplace: Workplace
  private let scheduler: String
  private let crew: Crew
  private let isDryRun: Bool
  private let examples: Int
  private let approval: PlanApproval?
  private let tell: @Sendable (CycleEvent) -> Void

  /// `scheduler`: a random name of this process. `examples`: keys of leads that the plan names for each reason why leads were
  /// not taken. `approval`: a saved plan, which is carried out or nothing. `tell` is called for everything a person would want
  /// to know, in order.
  package init(
    workplace: Workplace, scheduler: String, crew: Crew, isDryRun: Bool = false, examples: Int = 0,
    approval: PlanApproval? = nil,
    tell: @escaping @Sendable (CycleEvent) -> Void
  ) {
    self.workplace = workplace
    self.scheduler = scheduler
    self.crew = crew
    self.isDryRun = isDryRun
    self.examples = examples
    self.approval = approval
    self.tell = tell
  }

  /// Runs one cycle. Throws `LeadStoreError.cycleRunning` when another scheduler is in the middle of one, and what the store
  /// throws; failures of the CRM, of sources and of jobs are in the report.
  package func run() async throws -> CycleReport {
    let cycle = try await begin()
    return try await CycleScope.$cycle.withValue(cycle) { try await run(cycle) }
  }

  private func run(_ cycle: Int64) async throws -> CycleReport {
    let start = workplace.clock.elapsed()
    do {
      tell(.started)
      try await cleanUp(cycle)
      let ending = try await attend(cycle)
      await copyUploads()
      try await close(cycle, ending)
      measure(CycleDecision(ending.ending), since: start)
      return CycleReport(cycle: cycle, ending: ending.ending)
    } catch {
      measure(.abandoned, since: start)
      try await abandon(cycle, error)
      throw error
    }
  }

  /// A dry run is none of the cycles that people count.
  private func measure(_ decision: CycleDecision, since start: ContinuousClock.Instant) {
    if !isDryRun { workplace.meters.cycle(decision, took: workplace.clock.elapsed() - start) }
  }

  /// An ending with the line to remember it by.
  private struct Ended {
    var ending: CycleReport.Ending
    var message: String
    /// Whether people may have to know of it.
    var isTold = true

    init(_ ending: CycleReport.Ending, message: String) {
      self.ending = ending
      self.message = message
    }

    init(_ ending: CycleReport.Ending, _ event: CycleEvent) {
      self.init(ending, message: event.lines.joined(separator: "; "))
    }
  }

  // MARK: Opening and closing

  private func begin() async throws -> Int64 {
    try await workplace.store.write { [self] transaction in
      let now = workplace.clock.now()
      try StoreIdentityTable.bind(crm: workplace.crm.identity, now: now, in: transaction)
      try JobKind.declareQueues(in: transaction)
      let cycle = try CycleTable.begin(scheduler: scheduler, now: now, in: transaction)
      try AuditTable.append(
        .cycleStarted, subject: "cycle \(cycle)", actor: workplace.actor, now: now, in: transaction)
      return cycle
    }
  }

  private func close(_ cycle: Int64, _ ended: Ended) async throws {
    let isFailed = if case .failed = ended.ending { true } else { false }
    let head = try await workplace.store.write(.power) { [self] transaction in
      let now = workplace.clock.now()
      try CycleTable.finish(
        cycle, scheduler: scheduler, state: isFailed ? .failed : .done, message: ended.message, now: now,
        in: transaction)
      try AuditTable.append(
        isFailed ? .cycleFailed : .cycleFinished, subject: "cycle \(cycle)", detail: ["message": ended.message],
        actor: workplace.actor, now: now, in: transaction)
      if !isDryRun, ended.isTold {
        try workplace.alertBook.look(
          CycleFindings.ending(ended.ending, message: ended.message)
            + CycleFindings.deadLetters(now: now, in: transaction), now: now, in: transaction)
      }
      return AuditHeadNote(
        anchor: try AuditTable.head(in: transaction), storeID: try RestoreTable.trailName(in: transaction))
    }
    // Outside of the store, for `lead-queue audit verify`. A dry run's trail is that of a private copy, under the same name.
    guard !isDryRun else { return }
    workplace.logger.notice("\(head.text)", metadata: ["\(AuditHeadNote.storeKey)": "\(head.storeID)"])
  }

  /// A copy that cannot be written is no reason for the cycle to fail: it is made up for at the next one.
  private func copyUploads() async {
    guard !isDryRun, let folder = workplace.uploadCopies else { return }
    do {
      try await UploadCopy(store: workplace.store, folder: folder).run()
    } catch {
      workplace.logger.warning("the copy of uploaded leads could not be written", metadata: ["reason": "\(error)"])
    }
  }

  private func abandon(_ cycle: Int64, _ error: any Error) async throws {
    if case LeadStoreError.cycleLost = error { return }
    var ended = Ended(.failed(.work), .failed(reason: "\(error)"))
    if error is CancellationError {
      ended.message = "the scheduler was stopped"
      ended.isTold = false
    }
    do {
      try await close(cycle, ended)
    } catch {
      // The first error is the one to report; the cycle's lease runs out by itself.
      workplace.logger.error("could not close the cycle", metadata: ["cycle": "\(cycle)", "reason": "\(error)"])
    }
  }

  /// Batches whose job ended without settling them: what was never sent goes back to the catalog, what is in doubt gets a new
  /// job to find out.
  private func cleanUp(_ cycle: Int64) async throws {
    guard !isDryRun else { return }
    try await workplace.store.write(.power) { [self] transaction in
      for batch in try BatchTable.open(in: transaction) {
        try BatchRescue(workplace: workplace).run(batch, in: transaction)
      }
    }
  }

  // MARK: The pass

  private func attend(_ cycle: Int64) async throws -> Ended {
    do {
      return try await proceed(cycle)
    } catch let untaken as JobWatch.Untaken {
      let kind = untaken.kind.rawValue
      let reason = "No worker took the \(kind) job within 60 s; it stays in the queue. Start lead-worker."
      tell(.failed(reason: reason))
      return Ended(.failed(.work), message: reason)
    }
  }

  private func proceed(_ cycle: Int64) async throws -> Ended {
    let watch = JobWatch(workplace: workplace, cycle: cycle, scheduler: scheduler, crew: crew)
    let refresh = SourceRefresh(workplace: workplace, watch: watch)
    let problems = try await refresh.run()
    for problem in problems { tell(.sourceProblem(problem)) }
    switch try await Reading(workplace: workplace, cycle: cycle, watch: watch).take() {
    case .failed(let reason):
      let event = CycleEvent.failed(reason: reason)
      tell(event)
      return Ended(.failed(.crm), event)
    case .held(let stock, let reason):
      tell(.authenticated)
      tell(.metrics(stock))
      tell(.readingHeld(reason: reason))
      return Ended(.held, .readingHeld(reason: reason))
    case .accepted(let snapshot, let stock):
      tell(.authenticated)
      tell(.metrics(stock))
      try await finishEarlier(watch)
      return try await act(
        on: snapshot, stock, cycle, watch, files: refresh.paths, hasSourceProblem: !problems.isEmpty)
    }
  }

  private func act(
    on snapshot: SnapshotRow, _ stock: Stock, _ cycle: Int64, _ watch: JobWatch, files: [String],
    hasSourceProblem: Bool
  ) async throws -> Ended {
    var workplace = workplace
    workplace.sourcePaths = files
    let commit = PlanCommit(
      workplace: workplace, cycle: cycle, scheduler: scheduler, isDryRun: isDryRun, examples: examples,
      forecast: try await prediction(workplace), approval: approval)
    let reorder = try await DemandPrediction(workplace: workplace).reorderLevels()
    let committed: PlanCommit.Committed
    do {
      committed = try await workplace.store.write(.power) {
        try commit.run(snapshot, stock: stock, reorder: reorder, in: $0)
      }
    } catch let refusal as PlanRefusal {
      tell(.refused(refusal))
      return Ended(.refused(refusal), .refused(refusal))
    }
    if isDryRun, let draft = committed.draft { tell(.drafted(draft)) }
    let plan = committed.plan
    for sentence in plan.shortages { tell(.territoryShort(sentence)) }
    switch plan.decision {
    case .sufficient:
      tell(.sufficient(plan))
      return Ended(.sufficient, .sufficient(plan))
    case .blocked(let block):
      tell(.blocked(plan))
      let isBroken = if case .noSupply(problem: .some) = block { hasSourceProblem } else { false }
      return Ended(isBroken ? .sourcesBroken : .blocked, message: plan.message)
    case .upload:
      tell(.strategy(plan))
      tell(.found(available: committed.supply))
      tell(.selected(committed.selected.count))
      tellUsedUp(plan.sources ?? [])
      if isDryRun { return Ended(.uploaded(UploadCount()), .selected(committed.selected.count)) }
      return try await seeThrough(committed, watch)
    }
  }

  /// What the recorded demand predicts, where people are told of it.
  private func prediction(_ workplace: Workplace) async throws -> ForecastReport? {
    let rules = workplace.alerts
    guard !isDryRun, rules.looksAhead, !rules.channels.isEmpty,
      !rules.events.isDisjoint(with: [.stockLow, .sourcesLow])
    else { return nil }
    let reading = ForecastReading(
      calendar: workplace.calendar, policy: workplace.policy,
      rules: workplace.policy.forecasting ?? Policy.Forecasting(), sourcePaths: workplace.sourcePaths)
    return try await workplace.store.read { try reading.report(now: workplace.clock.now(), in: $0) }
  }

  /// Says of each file that this plan took the last leads of, which one is next.
  private func tellUsedUp(_ sources: [SourceUse]) {
    for source in sources where source.isUsedUp {
      tell(.sourceUsedUp(source.path, next: sources.first { $0.left > 0 }?.path))
    }
  }

  private func seeThrough(_ committed: PlanCommit.Committed, _ watch: JobWatch) async throws -> Ended {
    let total = committed.selected.count
    let jobs = try await UploadWatch(watch: watch).wait(for: committed.jobs) {
      let open = try await count(committed.planID).open
      tell(.progress(done: total - open, of: total))
      return open
    }
    return conclude(try await count(committed.planID), jobs)
  }

  /// Uploads of an earlier cycle, which died or did not wait for them, are seen through first: nothing new is planned while
  /// they are under way.
  private func finishEarlier(_ watch: JobWatch) async throws {
    guard !isDryRun else { return }
    let jobs = try await workplace.store.read { try BatchTable.open(in: $0).map(\.jobID) }
    guard !jobs.isEmpty else { return }
    tell(.finishingEarlier(batches: jobs.count))
    _ = try await UploadWatch(watch: watch).wait(for: jobs) { [workplace] in
      try await workplace.store.read { try BatchTable.openLeadCount(in: $0) }
    }
  }

  private func count(_ plan: Int64) async throws -> UploadCount {
    try await workplace.store.read { try UploadCount(ofPlan: plan, in: $0) }
  }

  private func conclude(_ count: UploadCount, _ jobs: [JobRecord]) -> Ended {
    if let refusal = jobs.lazy.compactMap(\.refusal).first {
      let event = CycleEvent.failed(reason: refusal)
      tell(event)
      return Ended(.failed(.crm), event)
    }
    if count.unresolved == 0, let reason = jobs.closedReason {
      tell(.postponed(count, reason: reason))
      return Ended(.postponed(count), .postponed(count, reason: reason))
    }
    if count.open > 0 {
      tell(.unresolved(count))
      return Ended(.unresolved(count), .unresolved(count))
    }
    tell(.complete(count))
    let isFailed = jobs.contains { $0.state != .succeeded }
    return Ended(isFailed ? .failed(.work) : .uploaded(count), .complete(count))
  }
}

/// Begins the reason of everything that ends because the CRM refused the login.
package let authenticationFailed = "Authentication failed"
/// Begins the reason of everything that ends because the CRM does not let this user upload.
private let userRefused = "The CRM refuses this user"

extension JobRecord {
  /// Why the CRM will have none of it, if that is how the job ended.
  fileprivate var refusal: String? {
    guard state == .dead, let reason else { return nil }
    return [authenticationFailed, userRefused].contains(where: reason.hasPrefix) ? reason : nil
  }
}

extension [JobRecord] {
  /// Why business is closed, and until when, if that is all that unfinished ones wait for.
  fileprivate var closedReason: String? {
    let prefix = "\(waitsForBusinessHours): "
    let reasons = filter(\.state.isUnfinished).map { job in
      job.state == .waiting && job.reason?.hasPrefix(prefix) == true ? job.reason : nil
    }
    guard let first = reasons.first, reasons.allSatisfy({ $0 != nil }) else { return nil }
    return first.map { String($0.dropFirst(prefix.count)) }
  }
}

extension UploadCount {
  package init(ofPlan plan: Int64, in transaction: Transaction) throws {
    self.init()
    for batch in try BatchTable.list(ofPlan: plan, in: transaction) {
      for (state, count) in try BatchTable.tally(ofBatch: batch.id, in: transaction) {
        switch state {
        case .pending: pending += count
        case .unresolved: unresolved += count
        case .created: created += count
        case .duplicate: duplicates += count
        case .rejected: rejected += count
        case .released: released += count
        }
      }
    }
  }
}
