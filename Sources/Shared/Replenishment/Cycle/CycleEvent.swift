package import Leads
package import Planning

/// What a cycle has to tell, in the words that people search for.
package enum CycleEvent: Sendable, Equatable {
  case started
  case authenticated
  /// The jobs wait for workers; the scheduler runs them itself.
  case workingAlone(reason: String)
  case sourceProblem(String)
  /// Batches of an earlier cycle are not settled yet.
  case finishingEarlier(batches: Int)
  case metrics(Stock)
  case readingHeld(reason: String)
  /// A territory gets less than its share, since the sources have no more of it.
  case territoryShort(String)
  case strategy(Plan)
  /// `selected` nil: found, nothing selected yet.
  case found(available: Int)
  case selected(Int)
  /// The last leads of this file were selected; `next` is the first file, in the order of the configuration, that holds more.
  case sourceUsedUp(String, next: String?)
  case progress(done: Int, of: Int)
  case complete(UploadCount)
  case unresolved(UploadCount)
  /// `reason`: why business is closed, and until when.
  case postponed(UploadCount, reason: String)
  case sufficient(Plan)
  case blocked(Plan)
  /// A dry run's plan, with what it rests on.
  case drafted(PlanDraft)
  case refused(PlanRefusal)
  case failed(reason: String)

  /// The lines to show, in order; none for `progress` and `drafted`.
  package var lines: [String] {
    switch self {
    case .started: ["Starting automated lead management cycle"]
    case .authenticated: ["Authentication successful"]
    case .workingAlone(let reason): ["Running the jobs here: \(reason)"]
    case .sourceProblem(let problem): ["Warning: \(problem)"]
    case .finishingEarlier(let batches):
      ["Finishing an earlier upload: \(batches) unfinished \(batches == 1 ? "batch" : "batches")"]
    case .metrics(let stock): ["Current metrics: \(stock.total) total, \(stock.available) available"]
    case .readingHeld(let reason):
      ["Reading held, nothing is uploaded: \(reason). If it is right: lead-queue accept-stock --reason …"]
    case .territoryShort(let sentence): [sentence]
    case .strategy(let plan): [plan.strategyLine, plan.targetsLine]
    case .found(let available): ["Found \(available) available leads"]
    case .selected(let count): ["Selected \(count) leads for automated upload"]
    case .progress, .drafted: []
    case .refused(let refusal): [refusal.description]
    case .sourceUsedUp(let path, let next):
      ["Source \(path) is used up; " + (next.map { "\($0) is next" } ?? "no other holds any leads, add new ones")]
    case .complete(let count):
      [
        "Automated upload complete: \(count.created) leads uploaded, \(count.duplicates) duplicates, \(count.errors) errors"
      ]
    case .unresolved(let count):
      [
        "Upload unresolved: \(count.created) leads uploaded, \(count.duplicates) duplicates, \(count.errors) errors, "
          + "\(count.open) left in the queue for later"
      ]
    case .postponed(let count, let reason):
      [
        "Upload paused: \(count.created) leads uploaded, \(count.duplicates) duplicates, \(count.errors) errors, "
          + "\(count.open) wait: \(reason)"
      ]
    case .sufficient(let plan): [plan.message]
    case .blocked(let plan): [plan.strategyLine, plan.message]
    case .failed(let reason): [reason]
    }
  }
}

/// What became of the leads of a plan so far.
package struct UploadCount: Sendable, Equatable, Codable {
  package var created = 0
  package var duplicates = 0
  package var rejected = 0
  /// Given back to the catalog unsent.
  package var released = 0
  package var pending = 0
  package var unresolved = 0

  package init() {}

  package var total: Int { created + duplicates + rejected + released + pending + unresolved }
  /// Leads that did not reach the CRM although they were sent or meant to be.
  package var errors: Int { rejected + released }
  /// Without a final state.
  package var open: Int { pending + unresolved }
}
