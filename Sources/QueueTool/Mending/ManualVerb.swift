import Database
import JobQueue
import LeadStore
import Operations
import Replenishment
import Timekeeping

/// What a person does to jobs.
enum ManualVerb: String, Sendable {
  case cancel
  case retry

  var imperative: String {
    switch self {
    case .cancel: "Cancel"
    case .retry: "Retry"
    }
  }

  var past: String {
    switch self {
    case .cancel: "cancelled"
    case .retry: "retried"
    }
  }

  /// The states it begins from.
  var possible: [JobState] {
    switch self {
    case .cancel: [.waiting, .available, .leased]
    case .retry: [.dead, .cancelled]
    }
  }

  var auditOne: AuditAction {
    switch self {
    case .cancel: .jobCancelled
    case .retry: .jobRetried
    }
  }

  var auditMany: AuditAction {
    switch self {
    case .cancel: .jobsCancelled
    case .retry: .jobsRetried
    }
  }

  func change(
    _ ids: [Int64], matching filter: JobTable.Filter?, because reason: String, now: Timestamp,
    in transaction: Transaction
  ) throws -> [ManualResult] {
    switch self {
    case .cancel:
      try JobTable.cancel(ids, matching: filter, because: reason, now: now, in: transaction)
    case .retry:
      try JobTable.retry(ids, matching: filter, because: reason, now: now, in: transaction) {
        try UploadCare.pointless($0, in: transaction)
      }
    }
  }

  /// Said before somebody decides on upload jobs.
  var uploadNotice: String {
    switch self {
    case .cancel:
      "Upload jobs: no lead is lost. With the next cycle unsent leads go back to the catalog, and those that may be in "
        + "the CRM are looked for there first."
    case .retry:
      "Upload jobs: leads that may be in the CRM are looked for there first. A job whose batch is settled, or was "
        + "given to a later job, is left alone."
    }
  }

  /// What follows from the change of one job, where that is not plain.
  func note(on result: ManualResult, in transaction: Transaction) throws -> String? {
    guard result.kind == JobKind.upload.rawValue, result.outcome.isChange else { return nil }
    switch self {
    case .cancel: return try UploadCare.afterCancelling(result.id, in: transaction)
    case .retry: return try UploadCare.afterRetrying(result.id, in: transaction)
    }
  }
}

extension ManualOutcome {
  /// The stable name in JSON and in the audit trail.
  var name: String {
    switch self {
    case .cancelled: "cancelled"
    case .askedToStop: "asked_to_stop"
    case .revived: "retried"
    case .refused: "refused"
    }
  }

  func words(_ verb: ManualVerb) -> String {
    switch self {
    case .refused: "not \(verb.past)"
    default: name.replacing("_", with: " ")
    }
  }
}

extension JobMending.Changed {
  /// Unlike a row of a table it shows the whole sentence, however narrow the terminal.
  func tree(_ verb: ManualVerb) -> Tree {
    let kind = result.kind.map { " · \($0)" } ?? ""
    return Tree(
      "job \(result.id)\(kind) · \(result.outcome.words(verb))", result.outcome.isChange ? .green : .red,
      sentence(verb).map { [Tree($0)] } ?? [])
  }

  /// What follows, or why nothing was done.
  func sentence(_ verb: ManualVerb) -> String? {
    switch result.outcome {
    case .cancelled: note
    case .askedToStop:
      ["it ends as soon as its handler looks, unless it succeeds first", note].compactMap(\.self).joined(
        separator: "; ")
    case .revived(let isHeld):
      isHeld
        ? ["held back until others of its concurrency key end", note].compactMap(\.self).joined(separator: "; ") : note
    case .refused(let refusal): refusal.sentence(result.id, verb)
    }
  }
}

extension ManualRefusal {
  func sentence(_ id: Int64, _ verb: ManualVerb) -> String {
    switch self {
    case .unknown: "there is no job \(id)"
    case .state(.succeeded): "it succeeded already"
    case .state(let state) where verb == .cancel: "it is \(state.rawValue) already"
    case .state(.leased): "it is running"
    case .state(let state): "it is \(state.rawValue): it runs by itself"
    case .twin(let twin): "job \(twin) does the same and is not finished"
    case .changedSince: "it changed meanwhile"
    case .pointless(let why): why
    }
  }
}
