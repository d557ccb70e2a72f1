/// What a verb used by hand did to one job.
public enum ManualOutcome: Sendable, Equatable {
  /// It did not run and never will.
  case cancelled
  /// It runs; its handler was asked to stop, and it ends as cancelled unless it succeeds first.
  case askedToStop
  /// It is available again; `isHeld`: behind others of its concurrency key.
  case revived(isHeld: Bool)
  /// Nothing was changed.
  case refused(ManualRefusal)

  /// Whether the job was changed, or asked to stop: everything but a refusal.
  public var isChange: Bool {
    switch self {
    case .cancelled, .askedToStop, .revived: true
    case .refused: false
    }
  }
}

/// Why a verb used by hand left a job as it was.
public enum ManualRefusal: Sendable, Equatable {
  /// There is no job of this id.
  case unknown
  /// It is not in a state that the verb begins from.
  case state(JobState)
  /// Another unfinished job has its unique key: it does the same already.
  case twin(Int64)
  /// It is no longer what the filter chose.
  case changedSince
  /// The application's word: what the job is about is done, or somebody else's.
  case pointless(String)
}

/// A job that a verb was used on by hand.
public struct ManualResult: Sendable, Equatable {
  /// The id that was asked for.
  public let id: Int64
  /// Nil when there is no such job.
  public let kind: String?
  /// What became of it.
  public let outcome: ManualOutcome

  /// See the properties.
  public init(id: Int64, kind: String?, outcome: ManualOutcome) {
    self.id = id
    self.kind = kind
    self.outcome = outcome
  }
}
