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
    /// Nothing can be done before then.
    case wait(until: Timestamp)
    /// Every lead has its final state.
    case done
  }

  private let batchSize: Int
  private let grace: Duration
  private let newestLeadID: Int64
  private var live: [Int: BatchLead]
  /// Positions still to be sent, one request each; the next one last.
  private var groups: [[Int]] = []
  /// Leads that the CRM called duplicates in this attempt, where they may be ours.
  private var claimed: [Int: Int64?] = [:]

  /// `leads`: those of the batch without a final state. `newestLeadID`: the highest lead id in the CRM before the batch.
  init(leads: [BatchLead], batchSize: Int, grace: Duration, newestLeadID: Int64) {
    self.batchSize = batchSize
    self.grace = grace
    self.newestLeadID = newestLeadID
    live = Dictionary(uniqueKeysWithValues: leads.map { ($0.position, $0) })
  }

  mutating func next(now: Timestamp) -> Action {
    let unresolved = sorted { $0.state == .unresolved }
    let due = unresolved.filter { dueTime(of: $0, now: now) <= now }
    if !due.isEmpty { return .readBack(due) }
    if groups.isEmpty { regroup() }
    if let group = groups.popLast() { return .send(group.compactMap { live[$0] }) }
    if let soonest = unresolved.map({ dueTime(of: $0, now: now) }).min() { return .wait(until: soonest) }
    return .done
  }

  /// When an unresolved lead is to be looked for: at once, and after each grace period. A clock that was set back shortens
  /// nothing and stretches nothing beyond one period.
  private func dueTime(of lead: BatchLead, now: Timestamp) -> Timestamp {
    guard lead.absences > 0, let absentAt = lead.absentAt else { return now }
    return min(absentAt, now) + grace
  }

  private func sorted(_ isWanted: (BatchLead) -> Bool) -> [BatchLead] {
    live.values.filter(isWanted).sorted { $0.position < $1.position }
  }

  /// Leads whose second row the CRM would not refuse go alone once a request with them was lost.
  private mutating func regroup() {
    let pending = sorted { $0.state == .pending }
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
    let half = remaining.count / 2
    groups.append(Array(remaining[half...]))
    groups.append(Array(remaining[..<half]))
  }

  /// The CRM answered row by row. Returns the results that are final; a duplicate that may be our own row stays unresolved.
  mutating func processed(_ leads: [BatchLead], _ outcomes: [RowOutcome]) -> [(position: Int, result: LeadResult)] {
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
