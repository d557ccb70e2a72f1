import JobQueue
import LeadStore
import Leads
import Planning
import Timekeeping

// What `inspect` found, as documents for programs. Field names are a promise: add, never rename.

extension CycleRow {
  func document(_ time: ShownTime) -> JSONText { .object(members(time)) }

  fileprivate func members(_ time: ShownTime) -> [(name: String, value: JSONText)] {
    [
      ("id", .integer(id)), ("state", .text(state.rawValue)), ("scheduler", .text(scheduler)),
      ("started_at", time.json(startedAt)), ("finished_at", time.json(finishedAt)), ("message", .optional(message)),
    ]
  }
}

extension InspectedCycle {
  func document(_ time: ShownTime) -> JSONText {
    .object(
      cycle.members(time) + [
        ("snapshots", .list(snapshots.map { $0.document(time) })), ("plan", plan.map { $0.document(time) } ?? .null),
        ("batches", .list(batches.map { $0.document(time) })),
      ])
  }
}

extension SnapshotRow {
  fileprivate func document(_ time: ShownTime) -> JSONText {
    .object([
      ("id", .integer(id)), ("began_at", time.json(beganAt)), ("verdict", .text(verdict.rawValue)),
      ("reason", .optional(reason)), ("total", .optional(stock?.total)), ("available", .optional(stock?.available)),
      ("available_per_class", stock.map { JSONText.perClass($0.availablePerClass) } ?? .null),
      ("available_other", .optional(stock?.availableOther)), ("closed", .optional(stock?.closed)),
      ("active_agents", .optional(stock?.activeAgents)), ("desk_load", .optional(stock?.deskLoad)),
      ("newest_lead_id", .optional(stock?.newestLeadID)),
    ])
  }
}

extension JSONText {
  fileprivate static func perClass(_ values: PerClass<Int>) -> JSONText {
    .object(LeadClass.allCases.map { ($0.rawValue, .int(values[$0])) })
  }
}

extension JSONText {
  fileprivate static func waterfall(_ waterfall: Waterfall) -> JSONText {
    let steps = waterfall.steps.map { step in
      JSONText.object([
        ("name", .text(step.name.rawValue)), ("configuration_key", .optional(step.configurationKey)),
        ("total", .int(step.total)), ("per_class", .perClass(step.perClass)), ("is_binding", .boolean(step.isBinding)),
      ])
    }
    let binding = LeadClass.allCases.map { leadClass in
      let bound = waterfall.binding[leadClass]
      return (
        name: leadClass.rawValue,
        value: JSONText.object([
          ("step", .text(bound.step.rawValue)), ("configuration_key", .optional(bound.configurationKey)),
        ])
      )
    }
    return .object([("steps", .list(steps)), ("binding", .object(binding))])
  }

  fileprivate static func exclusions(_ exclusions: Exclusions?) -> JSONText {
    guard let exclusions else { return .null }
    return .list(
      exclusions.counts.map { count in
        .object([
          ("reason", .text(count.reason.rawValue)), ("count", .int(count.count)),
          ("examples", .list(count.examples.map { .text($0) })),
        ])
      })
  }
}

extension PlanRow {
  fileprivate func document(_ time: ShownTime) -> JSONText {
    .object([
      ("id", .integer(id)), ("created_at", time.json(createdAt)), ("snapshot", .integer(snapshotID)),
      ("decision", .text(plan.decision.name)), ("message", .text(message)), ("selected", .int(selected)),
      ("reasons", .list(plan.reasons.map { .text($0) })), ("run_size", .int(plan.runSize)),
      ("targets", .perClass(plan.targets)), ("need", .int(plan.need.total)),
      (
        "caps",
        .list(
          plan.caps.map { cap in
            .object([
              ("name", .text(cap.name.rawValue)), ("value", .int(cap.value)),
              ("configuration_key", .text(cap.configurationKey)), ("is_binding", .boolean(cap.name == plan.binding)),
            ])
          })
      ),
      ("is_raised_to_smallest_batch", .boolean(plan.isRaisedToSmallestBatch)),
      ("sentence", .text(plan.sentence)), ("waterfall", .waterfall(plan.waterfall)),
      ("not_taken", .exclusions(plan.exclusions)),
      ("explanation", .list(plan.explanation.map { .text($0) })),
    ])
  }
}

extension InspectedBatch {
  fileprivate func document(_ time: ShownTime) -> JSONText {
    .object([
      ("id", .integer(batch.id)), ("ordinal", .int(batch.ordinal)), ("lead_count", .int(batch.leadCount)),
      ("created_at", time.json(batch.createdAt)), ("settled_at", time.json(batch.settledAt)),
      ("outcomes", .object(BatchLeadState.allCases.map { ($0.rawValue, .int(tally[$0] ?? 0)) })),
      ("ledger", .list(reservation.map { $0.document(time) })), ("jobs", .list(jobs.map { $0.document(time) })),
      ("leads", leads.map { .list($0.map { $0.document(time) }) } ?? .null),
    ])
  }
}

extension BatchLeadDetail {
  fileprivate func document(_ time: ShownTime) -> JSONText { .object(members(time)) }

  fileprivate func members(_ time: ShownTime) -> [(name: String, value: JSONText)] {
    [
      ("position", .int(lead.position)), ("key", .text(lead.key.rawValue)), ("class", .text(lead.leadClass.rawValue)),
      ("score", .int(score)), ("source", .optional(source)), ("line", source == nil ? .null : .int(line)),
      ("outcome", .text(lead.state.rawValue)), ("crm_id", .optional(lead.crmID)), ("reason", .optional(lead.reason)),
      ("requests", .int(lead.requests)), ("sent_at", time.json(lead.sentAt)), ("day", .text(lead.day)),
    ]
  }
}

extension InspectedJob {
  func document(_ time: ShownTime) -> JSONText {
    .object([
      ("id", .integer(record.id)), ("kind", .text(record.kind)), ("queue", .text(record.queue)),
      ("state", .text(record.state.rawValue)), ("failures", .int(record.failures)),
      ("max_failures", .int(record.maxFailures)), ("run_at", time.json(record.runAt)),
      ("created_at", time.json(record.createdAt)), ("settled_at", time.json(record.settledAt)),
      ("reason", .optional(record.reason)), ("events", .list(earlyEvents.map { $0.document(time) })),
      (
        "attempts",
        .list(
          attempts.map { attempt in
            .object([
              ("attempt", .int(attempt.number)), ("worker", .optional(attempt.workerID)),
              ("events", .list(attempt.events.map { $0.document(time) })),
              ("ledger", .list(attempt.ledger.map { $0.document(time) })),
            ])
          })
      ),
    ])
  }
}

extension JobEvent {
  fileprivate func document(_ time: ShownTime) -> JSONText {
    .object([
      ("at", time.json(at)), ("transition", .text(transition.rawValue)), ("reason", .optional(reason)),
    ])
  }
}

extension LedgerLine {
  fileprivate func document(_ time: ShownTime) -> JSONText {
    .object([
      ("at", time.json(at)), ("entry", .text(entry.rawValue)), ("amount", .int(amount)),
      ("attempt", .optional(attempt)), ("day", .optional(day)), ("detail", .optional(detail)),
    ])
  }
}

extension InspectedLead {
  func document(_ time: ShownTime) -> JSONText {
    .object([
      ("key", .text(lead.key.rawValue)), ("class", .text(lead.leadClass)), ("score", .int(lead.score)),
      ("state", .text(lead.state.rawValue)), ("changed_at", time.json(lead.changedAt)),
      ("source", .optional(lead.source)), ("line", lead.source == nil ? .null : .int(lead.line)),
      ("reason", .optional(lead.reason)), ("ledger", .list(outside.map { $0.document(time) })),
      (
        "batches",
        .list(
          visits.map { visit in
            .object(
              [
                ("batch", .integer(visit.detail.batchID)), ("cycle", .optional(visit.cycle)),
                ("plan", .integer(visit.plan)), ("job", .integer(visit.job)),
              ] + visit.detail.members(time) + [("ledger", .list(visit.ledger.map { $0.document(time) }))])
          })
      ),
    ])
  }
}
