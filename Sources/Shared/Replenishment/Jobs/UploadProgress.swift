import LeadStore
import Leads
import Timekeeping

/// How far a batch is, and what comes next: pure. Its shell, `UploadHandler`, performs the actions and writes down what they
/// brought before it asks for the next.
///
/// The order is the promise: what may be in the CRM already is looked for before anything of it is sent again; a lead with
/// npi may be sent again at once when it was not found, since the CRM refuses a second row of an npi; one without waits until
/// the grace period has passed twice, and goes alone.
struct UploadProgress: Sendable {
  enum Action: Sendable, Equatable {
    /// Ask the CRM what became of these.
    case readBack([BatchLead])
    /// Send these in one request, in this order.
    case send([BatchLead])
    /// These were found to be missing at a time that lies ahead: the clock was set back, and their grace period begins anew.
    case restartGrace([BatchLead])
    /// The CRM imports other rows, but not these, each of which it rolled back alone.
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

  mutating func next(now: Timestamp) -> Action {
    let unresolved = sorted { $0.state == .unresolved }
    let ahead = unresolved.filter { $0.absences > 0 && ($0.absentAt ?? now) > now }
    if !ahead.isEmpty { return .restartGrace(ahead) }
    let due = unresolved.filter { dueTime(of: $0, now: now) <= now }
    if !due.isEmpty { return .readBack(due) }
    if suspects.count(where: { !$0.value }) >= Self.suspectsMax { return .giveUp }
    if groups.isEmpty { regroup() }
    if let group = groups.popLast() { return .send(group.compactMap { live[$0] }) }
    let convicted = sorted { suspects[$0.position] == true }
    if !convicted.isEmpty { return .condemn(convicted) }
    if !suspects.isEmpty { return .giveUp }
    if let soonest = unresolved.map({ dueTime(of: $0, now: now) }).min() { return .wait(until: soonest) }
    return .done
  }

  /// When an unresolved lead is to be looked for: at once, and after each grace period.
  private func dueTime(of lead: BatchLead, now: Timestamp) -> Timestamp {
    guard lead.absences > 0, let absentAt = lead.absentAt else { return now }
    return absentAt + grace
  }

  private func sorted(_ isWanted: (BatchLead) -> Bool) -> [BatchLead] {
    live.values.filter(isWanted).sorted { $0.position < $1.position }
  }

  /// Leads whose second row the CRM would not refuse go alone once a request with them was lost.
  private mutating func regroup() {
    let pending = sorted { $0.state == .pending && suspects[$0.position] == nil }
    let alone = pending.filter { $0.npi == nil && $0.absences > 0 }
    let together = pending.filter { $0.npi != nil || $0.absences == 0 }.map(\.position)
    groups = alone.reversed().map { [$0.position] }
    for start in stride(from: 0, to: together.count, by: batchSize).reversed() {
      groups.append(Array(together[start..<min(start + batchSize, together.count)]))
    }
  }
}

// MARK: What actions brought

extension UploadProgress {
  /// The intent to send was committed.
  mutating func intended(_ leads: [BatchLead], at now: Timestamp) {
    for lead in leads {
      live[lead.position]?.state = .unresolved
      live[lead.position]?.requests += 1
      live[lead.position]?.sentAt = now
      live[lead.position]?.absences = 0
      live[lead.position]?.absentAt = nil
    }
  }

  /// The CRM processed nothing of it; `rejected` of it are gone for good. The rest goes again, in halves when `isPoisoned`.
  mutating func unprocessed(_ leads: [BatchLead], rejected: Set<Int> = [], isPoisoned: Bool = false) {
    let remaining = leads.map(\.position).filter { !rejected.contains($0) }
    for position in rejected { live[position] = nil }
    for position in remaining { live[position]?.state = .pending }
    guard isPoisoned else {
      if !remaining.isEmpty { groups.append(remaining) }
      return
    }
    let hasJustImported = rollbacks == 0
    rollbacks = rollbacks.map { $0 + 1 }
    guard remaining.count > 1 else {
      for position in remaining { suspects[position] = hasJustImported }
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
  mutating func restartedGrace(_ leads: [BatchLead], at now: Timestamp) {
    for lead in leads { live[lead.position]?.absentAt = now }
  }

  /// These have a final state.
  mutating func remove(_ leads: [BatchLead]) {
    for lead in leads { live[lead.position] = nil }
    for lead in leads { suspects[lead.position] = nil }
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
    for result in results { live[result.position] = nil }
    return results
  }

  /// What a read-back showed. Returns the final results, and the leads that are not in the CRM, of which `resendable` may go
  /// again.
  mutating func foundBack(
    _ leads: [BatchLead], _ findings: [ReadBackFinding], now: Timestamp
  ) -> (results: [(position: Int, result: LeadResult)], absent: [Int], resendable: Set<Int>) {
    var results: [(position: Int, result: LeadResult)] = []
    var absent: [Int] = []
    var resendable: Set<Int> = []
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
        // The first look is at once, the later ones a grace period apart.
        if lead.npi != nil || lead.absences >= 2 { resendable.insert(position) }
        live[position]?.absences += 1
        live[position]?.absentAt = now
        if resendable.contains(position) { live[position]?.state = .pending }
      }
    }
    for result in results { live[result.position] = nil }
    return (results, absent, resendable)
  }

  /// The leads that are still pending: what a batch that must end gives back.
  var pending: [BatchLead] { sorted { $0.state == .pending } }
  var unresolved: [BatchLead] { sorted { $0.state == .unresolved } }
}
