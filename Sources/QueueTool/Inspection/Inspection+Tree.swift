import JobQueue
import LeadStore
import Leads
import Operations
import Planning
import Timekeeping

// What `inspect` found, as trees for people.

extension InspectedCycle {
  func tree(_ time: ShownTime) -> Tree {
    let end = cycle.finishedAt.map { " – \(time.clock($0))" } ?? ""
    let heading = "cycle \(cycle.id) · \(cycle.state.rawValue) · \(time.table(cycle.startedAt))\(end)"
    var children = cycle.message.map { [Tree($0)] } ?? []
    children += snapshots.map { $0.tree(time) }
    if let plan { children.append(plan.tree()) }
    children += batches.map { $0.tree(of: batchCount, time) }
    return Tree(heading, cycle.state.colour, children)
  }
}

extension SnapshotRow {
  fileprivate func tree(_ time: ShownTime) -> Tree {
    var children: [Tree] = []
    if let stock {
      let classes = LeadClass.allCases.map { "\($0.rawValue) \(stock.availablePerClass[$0])" }.joined(separator: ", ")
      children.append(
        Tree("\(stock.total) total, \(stock.available) available: \(classes), other \(stock.availableOther)"))
      children.append(
        Tree("\(stock.activeAgents) active agents, \(stock.deskLoad) leads on desks, \(stock.closed) closed"))
    }
    if let reason { children.append(Tree(reason)) }
    return Tree("snapshot \(id) · \(verdict.rawValue) · \(time.clock(beganAt))", verdict.colour, children)
  }
}

extension PlanRow {
  fileprivate func tree() -> Tree {
    var lines: [Tree] = plan.reasons.isEmpty ? [] : [Tree(plan.strategyLine)]
    // Lines that the explanation indents belong to the one above.
    for line in plan.explanation {
      if line.hasPrefix("  "), !lines.isEmpty {
        lines[lines.count - 1].children.append(Tree(String(line.drop { $0 == " " })))
      } else {
        lines.append(Tree(line))
      }
    }
    return Tree("plan \(id) · \(plan.decision.name) · \(selected) selected", nil, lines)
  }
}

extension Decision {
  var name: String {
    switch self {
    case .upload: "upload"
    case .sufficient: "sufficient"
    case .blocked: "blocked"
    }
  }
}

extension InspectedBatch {
  fileprivate func tree(of count: Int, _ time: ShownTime) -> Tree {
    let isOpen = batch.settledAt == nil
    let state = isOpen ? "open" : "settled"
    let heading = "batch \(batch.id) (\(batch.ordinal) of \(count)) · \(state) · \(batch.leadCount) leads"
    let lines = reservation.map { $0.tree(time) } + jobs.map { $0.tree(time) } + [outcomes]
    return Tree(heading, isOpen ? .yellow : nil, lines)
  }

  private var outcomes: Tree {
    let counts = BatchLeadState.allCases.compactMap { state in
      tally[state].map { "\($0) \(state.rawValue)" }
    }
    return Tree("leads: " + counts.joined(separator: ", "), nil, (leads ?? []).map { $0.leaf })
  }
}

extension BatchLeadDetail {
  fileprivate var leaf: Tree {
    var text = "\(lead.key.rawValue) · \(lead.leadClass.rawValue) \(score) · \(lead.state.rawValue)"
    if let id = lead.crmID { text += " · CRM id \(id)" }
    if let reason = lead.reason { text += " · \(reason)" }
    return Tree(text, lead.state.colour)
  }
}

extension InspectedJob {
  func tree(_ time: ShownTime) -> Tree {
    var heading = "job \(record.id) · \(record.kind) · \(record.state.rawValue)"
    if record.failures > 0 { heading += " · \(record.failures) of \(record.maxFailures) failures" }
    if record.state == .waiting { heading += " · due \(time.table(record.runAt))" }
    let reason = record.reason.map { [Tree($0)] } ?? []
    return Tree(
      heading, record.state.colour, reason + earlyEvents.map { $0.tree(time) } + attempts.map { $0.tree(time) })
  }
}

extension InspectedJob.Attempt {
  fileprivate func tree(_ time: ShownTime) -> Tree {
    let worker = workerID.map { " · worker \($0.prefix(8))" } ?? ""
    // In the order of time; at one moment the lease comes first and the job's end last.
    var moments = events.map { (at: $0.at, rank: $0.transition == .leased ? 0 : 2, tree: $0.tree(time)) }
    moments += ledger.map { (at: $0.at, rank: 1, tree: $0.tree(time)) }
    let sorted = moments.enumerated().sorted {
      ($0.element.at, $0.element.rank, $0.offset) < ($1.element.at, $1.element.rank, $1.offset)
    }
    return Tree("attempt \(number)\(worker)", nil, sorted.map(\.element.tree))
  }
}

extension JobEvent {
  fileprivate func tree(_ time: ShownTime) -> Tree {
    let word = transition.rawValue.replacing("_", with: " ")
    return Tree("\(time.clock(at)) \(word)" + (reason.map { ": \($0)" } ?? ""), transition.colour)
  }
}

extension JobTransition {
  var colour: StandardStream.Colour? {
    switch self {
    case .retried, .snoozed, .reclaimed, .returned: .yellow
    case .discarded, .exhausted: .red
    default: nil
    }
  }
}

extension LedgerLine {
  func tree(_ time: ShownTime) -> Tree {
    let word = entry.rawValue.replacing("_", with: " ")
    var text = "\(time.clock(at)) \(word) \(amount)"
    if entry == .intended, let detail {
      text += ": one request, body SHA-256 \(detail.prefix(12))…"
    } else if entry == .reserved, let day {
      text += " of the limit of \(day)"
    } else if entry == .moved, let day, let detail {
      text += " from the limit of \(detail) to that of \(day)"
    } else if let detail {
      text += ": \(detail)"
    }
    return Tree(text, entry.colour)
  }
}

extension LedgerEntry {
  fileprivate var colour: StandardStream.Colour? {
    switch self {
    case .created: .green
    case .unknown, .absent, .notSent, .notProcessed: .yellow
    case .rejected: .red
    default: nil
    }
  }
}

extension InspectedLead {
  func tree(_ time: ShownTime) -> Tree {
    var children = [
      Tree(lead.source.map { "source \($0), line \(lead.line)" } ?? "from an imported tracking file"),
      Tree("class \(lead.leadClass), score \(lead.score)"),
    ]
    if let reason = lead.reason { children.append(Tree(reason)) }
    children += outside.map { Tree("\(time.table($0.at)) \($0.entry.rawValue)") }
    children += visits.map { $0.tree(time) }
    if visits.isEmpty { children.append(Tree("never selected")) }
    let heading = "\(lead.key.rawValue) · \(lead.state.rawValue) since \(time.table(lead.changedAt))"
    return Tree(heading, lead.state.colour, children)
  }
}

extension InspectedLead.Visit {
  fileprivate func tree(_ time: ShownTime) -> Tree {
    let own = detail.lead
    var heading = "batch \(detail.batchID), position \(own.position) · \(own.state.rawValue)"
    if let id = own.crmID { heading += " · CRM id \(id)" }
    var children = [
      Tree((cycle.map { "cycle \($0), " } ?? "") + "plan \(plan), job \(job); counts against \(own.day)"),
      Tree(
        (own.requests == 0 ? "never sent" : "requests that carried it: \(own.requests)")
          + (own.sentAt.map { ", last \(time.table($0))" } ?? "")),
    ]
    if let reason = own.reason { children.append(Tree(reason)) }
    children += ledger.map { $0.tree(time) }
    return Tree(heading, own.state.colour, children)
  }
}
