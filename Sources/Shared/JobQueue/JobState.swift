/// Where a job stands; `job.state`. The diagram is in docs/ARCHITECTURE.md, "The queue".
public enum JobState: String, Sendable, CaseIterable, Codable {
  /// `run_at` lies in the future.
  case waiting
  /// May be leased.
  case available
  /// A worker runs it, until `lease_expires_at`.
  case leased
  case succeeded
  /// Out of failures or not retryable; kept for a person.
  case dead
  case cancelled

  /// Whether the job may still run.
  public var isUnfinished: Bool {
    switch self {
    case .waiting, .available, .leased: true
    case .succeeded, .dead, .cancelled: false
    }
  }
}

/// What changed a job's state; `job_event.transition`. One event for each, in the transaction of the change.
public enum JobTransition: String, Sendable, CaseIterable, Codable {
  case enqueued
  /// `run_at` has come: waiting → available.
  case due
  case leased
  case succeeded
  /// Failed and will run again.
  case retried
  /// Comes back later, no failure counted.
  case snoozed
  /// Failed for good by the handler's word.
  case discarded
  /// Failed for good: out of failures.
  case exhausted
  /// Handed back unfinished by a draining worker, no failure counted.
  case returned
  /// Its lease expired: one failure.
  case reclaimed
  case cancelRequested = "cancel_requested"
  case cancelled
  /// Made available again by hand: dead or cancelled → available.
  case revived
}
