import LeadStore
import Leads
import Timekeeping

/// How far a batch is, and what comes next: pure. Its shell, `UploadHandler`, performs the actions and writes down what they
/// brought before it asks for the next.
///
/// The order is the promise: what may be in the CRM already is looked for before anything of it is sent again; a lead with
/// npi may be sent again at once when it was not found, since the CRM refuses a second row of an npi; one without waits until
/// the grace period has passed twice, and goes alone. Until then neither is given back to the catalog: the CRM may still
/// commit what it was sent.
struct UploadProgress: Sendable {
  enum Action: Sendable, Equatable {
    /// Ask the CRM what became of these.
    case readBack([BatchLead])
    /// Send these in one request, in this order.
    case send([BatchLead])
    /// These are not to be sent any more, and no request can bring them: they go back to the catalog.
    case release([BatchLead])
    /// These were found to be missing at a time that lies ahead: the clock was set back, and their grace period begins anew.
    case restartGrace([BatchLead])
    /// The CRM imports other rows, but not these, each of which it rolled back alone; or has done so in three batches.
    case condemn([BatchLead])
    /// The CRM rolls back whatever it is sent: the fault is not in the rows.
    case giveUp
    /// Nothing can be done before then.
    case wait(until: Timestamp)
    /// Every lead has its final state.
    case done
  }

  /// Rows rolled back alone, with no request processed in between, that show a fault of the CRM.
  private static let suspectsMax = 3
  /// After so many looks without success, a grace period apart, a lead is not in doubt any more.
  private static let absencesMax = 3
  /// Rolled back alone in so many batches before this one, a lead is to blame, whether others were imported or not.
  private static let earlierRollbacksMax = 2
  /// Rolled back alone so often in this batch, it is given back, to be judged in company by a later plan.
  private static let loneRollbacksMax = 8

  private let batchSize: Int
  private let grace: Duration
  private let newestLeadID: Int64
  private var live: [Int: BatchLead]
  /// Positions still to be sent, one request each; the next one last.
  private var groups: [[Int]] = []
  /// Leads that the CRM called duplicates in this attempt, where they may be ours.
  private var claimed: [Int: Int64?] = [:]
  /// Leads whose request was rolled back although they were alone in it, and whether the CRM was seen to import others just
  /// before or since: otherwise the fault may be its own.
  private var suspects: [Int: Bool] = [:]
  /// Requests rolled back since the last one that was processed; nil: none was.
  private var rollbacks: Int?
  /// Nothing more is sent; what is in doubt is seen to its end.
  private var isClosing = false

  /// `leads`: those of the batch without a final state. `newestLeadID`: the highest lead id in the CRM before the batch.
  /// `hasImportedLately`: the CRM imported other leads of the batch a short while ago.
  init(
    leads: [BatchLead], batchSize: Int, grace: Duration, newestLeadID: Int64, hasImportedLately: Bool = false
  ) {
    rollbacks = hasImportedLately ? 0 : nil
    self.batchSize = batchSize
    self.grace = grace
    self.newestLeadID = newestLeadID
    live = Dictionary(uniqueKeysWithValues: leads.map { ($0.position, $0) })
  }

  mutating func next(now: Moment) -> Action {
    let unresolved = sorted { $0.state == .unresolved }
    let ahead = unresolved.filter { lead in lead.absentAt.map { now.elapsed(since: $0) < .zero } ?? false }
    if !ahead.isEmpty { return .restartGrace(ahead) }
    let due = unresolved.filter { remainingGrace(of: $0, now: now) <= .zero }
    if !due.isEmpty { return .readBack(due) }
    if isClosing {
      if !pending.isEmpty { return .release(pending) }
    } else {
      if suspects.count(where: { !$0.value }) >= Self.suspectsMax { return .giveUp }
      if groups.isEmpty { regroup() }
      if let group = groups.popLast() { return .send(group.compactMap { live[$0] }) }
      let convicted = sorted { suspects[$0.position] == true && $0.doubt == .none }
      if !convicted.isEmpty { return .condemn(convicted) }
      let hopeless = sorted {
        suspects[$0.position] != nil && $0.doubt == .none && $0.loneRollbacks >= Self.loneRollbacksMax
      }
      if !hopeless.isEmpty { return .release(hopeless) }
      if suspects.keys.contains(where: { live[$0]?.doubt == Doubt.none }) { return .giveUp }
    }
    if let soonest = unresolved.map({ remainingGrace(of: $0, now: now) }).min() {
      return .wait(until: now.wall + soonest)
    }
    return .done
  }

  /// How long an unresolved lead is left alone: it is looked for at once, and after each grace period.
  private func remainingGrace(of lead: BatchLead, now: Moment) -> Duration {
    guard lead.doubt == .earlier, lead.absences > 0, let absentAt = lead.absentAt else { return .zero }
    return grace - now.elapsed(since: absentAt)
  }

  /// Whether it may be sent now: no request can bring it; or one may, but the CRM would refuse a second row, and has not been
  /// seen to choke on it.
  private func isSendable(_ lead: BatchLead) -> Bool {
    guard suspects[lead.position] == nil else { return false }
    if lead.state == .pending { return true }
    return lead.doubt == .earlier && lead.npi != nil && lead.absences > 0 && lead.loneRollbacks == 0
  }

  private func sorted(_ isWanted: (BatchLead) -> Bool) -> [BatchLead] {
    live.values.filter(isWanted).sorted { $0.position < $1.position }
  }

  /// Leads whose second row the CRM would not refuse go alone once a request with them was lost.
  private mutating func regroup() {
    let sendable = sorted(isSendable)
    let alone = sendable.filter { $0.npi == nil && $0.absences > 0 }
    let together = sendable.filter { $0.npi != nil || $0.absences == 0 }.map(\.position)
    groups = alone.reversed().map { [$0.position] }
    for start in stride(from: 0, to: together.count, by: batchSize).reversed() {
      groups.append(Array(together[start..<min(start + batchSize, together.count)]))
    }
  }
}

// MARK: What actions brought

extension UploadProgress {
  /// From here on nothing is sent.
  mutating func close() {
    isClosing = true
    groups = []
  }

  /// The intent to send was committed.
  mutating func intended(_ leads: [BatchLead], at now: Timestamp) {
    for lead in leads {
      live[lead.position]?.state = .unresolved
      live[lead.position]?.requests += 1
      live[lead.position]?.sentAt = now
      live[lead.position]?.doubt = lead.doubt == .none ? .none : .earlierAndOpen
    }
  }

  /// No clear answer came.
  mutating func unanswered(_ leads: [BatchLead]) {
    for lead in leads {
      live[lead.position]?.doubt = .earlier
      live[lead.position]?.absences = 0
      live[lead.position]?.absentAt = nil
    }
  }

  /// The CRM processed nothing of it; `rejected` of it are gone for good. The rest goes again, in halves when `isPoisoned`.
  mutating func unprocessed(_ leads: [BatchLead], rejected: Set<Int> = [], isPoisoned: Bool = false) {
    let remaining = leads.map(\.position).filter { !rejected.contains($0) }
    forget(rejected)
    for position in remaining {
      let isInDoubt = live[position]?.doubt != Doubt.none
      live[position]?.state = isInDoubt ? .unresolved : .pending
      live[position]?.doubt = isInDoubt ? .earlier : .none
    }
    guard isPoisoned else {
      if !remaining.isEmpty { groups.append(remaining) }
      return
    }
    let hasJustImported = rollbacks == 0
    rollbacks = rollbacks.map { $0 + 1 }
    guard remaining.count > 1 else {
      for position in remaining {
        let isKnown = live[position].map { $0.earlierRollbacks >= Self.earlierRollbacksMax } ?? false
        suspects[position] = hasJustImported || isKnown
        live[position]?.loneRollbacks += 1
      }
      if !hasJustImported { tryTheLargest() }
      return
    }
    let half = remaining.count / 2
    groups.append(Array(remaining[half...]))
    groups.append(Array(remaining[..<half]))
  }

  /// Before a row is condemned, the request that is most likely to be processed shows whether the CRM imports at all.
  private mutating func tryTheLargest() {
    guard let largest = groups.indices.max(by: { groups[$0].count < groups[$1].count }) else { return }
    groups.append(groups.remove(at: largest))
  }

  /// The grace period of these begins anew.
  mutating func restartedGrace(_ leads: [BatchLead], at now: Moment) {
    for lead in leads { live[lead.position]?.absentAt = now }
  }

  /// These have a final state.
  mutating func remove(_ leads: [BatchLead]) { forget(leads.map(\.position)) }

  /// They may stand in a request that is still to come: a lead in doubt is looked for meanwhile.
  private mutating func forget(_ positions: some Collection<Int>) {
    guard !positions.isEmpty else { return }
    for position in positions {
      live[position] = nil
      suspects[position] = nil
    }
    groups = groups.map { $0.filter { live[$0] != nil } }.filter { !$0.isEmpty }
  }

  /// The CRM answered row by row. Returns the results that are final; a duplicate that may be our own row stays unresolved.
  mutating func processed(_ leads: [BatchLead], _ outcomes: [RowOutcome]) -> [(position: Int, result: LeadResult)] {
    rollbacks = 0
    suspects = suspects.mapValues { _ in true }
    var results: [(position: Int, result: LeadResult)] = []
    for (lead, outcome) in zip(leads, outcomes) {
      switch outcome {
      case .created: results.append((lead.position, .created(crmID: nil)))
      case .failed(let reason): results.append((lead.position, .rejected(reason: reason)))
      case .duplicate(let existing):
        let mayBeOurs = lead.requests > 1 || existing == nil || (existing ?? 0) > newestLeadID
        if mayBeOurs {
          claimed[lead.position] = .some(existing)
        } else {
          results.append((lead.position, .duplicate(existingID: existing)))
        }
      }
    }
    forget(results.map(\.position))
    return results
  }

  /// What a read-back showed. Returns the final results, and the leads that are not in the CRM, of which `cleared` are not in
  /// doubt any more.
  mutating func foundBack(
    _ leads: [BatchLead], _ findings: [ReadBackFinding], now: Moment
  ) -> (results: [(position: Int, result: LeadResult)], absent: [Int], cleared: Set<Int>) {
    var results: [(position: Int, result: LeadResult)] = []
    var absent: [Int] = []
    var cleared: Set<Int> = []
    for (lead, finding) in zip(leads, findings) {
      let position = lead.position
      if let id = finding.ours.first {
        results.append((position, .created(crmID: id)))
      } else if let id = finding.others.first {
        results.append((position, .duplicate(existingID: id)))
      } else if let existing = claimed[position] {
        results.append((position, .duplicate(existingID: existing)))
      } else {
        absent.append(position)
        let absences = lead.doubt == .earlier ? lead.absences + 1 : 1
        live[position]?.absences = absences
        live[position]?.absentAt = now
        live[position]?.doubt = .earlier
        guard absences >= Self.absencesMax else { continue }
        cleared.insert(position)
        live[position]?.state = .pending
        live[position]?.doubt = .none
      }
    }
    forget(results.map(\.position))
    return (results, absent, cleared)
  }

  /// The leads that no request can bring any more: what a batch that must end gives back.
  var pending: [BatchLead] { sorted { $0.state == .pending } }
  var unresolved: [BatchLead] { sorted { $0.state == .unresolved } }
}
