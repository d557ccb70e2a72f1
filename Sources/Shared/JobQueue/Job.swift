public import Timekeeping

/// A job to enqueue.
public struct NewJob: Sendable, Equatable {
  /// Which handler runs it; not empty. Workers without one leave it alone.
  public var kind: String
  /// Declared before by `JobTable.declareQueue`.
  public var queue: String
  /// What the handler needs to know, as JSON. Keep it small and refer to rows: it is kept as long as the job.
  public var payload: String
  /// ≥ 1; workers that know only older ones leave the job to newer workers.
  public var payloadVersion: Int
  /// Higher first; one point is worth a minute of waiting, so that nothing waits for ever.
  public var priority: Int
  /// Nil: at once.
  public var runAt: Timestamp?
  /// Refuses a second equal job while one is unfinished.
  public var uniqueKey: String?
  /// Jobs of one queue with equal keys share the queue's limit for keys (`QueueSettings.keyConcurrencyMax`).
  public var concurrencyKey: String?
  /// The failure with this number, ≥ 1, ends it as dead.
  public var maxFailures: Int
  /// Other tables refer to it: retention passes it over.
  public var isPermanent: Bool

  /// See the properties.
  public init(
    kind: String, queue: String, payload: String, payloadVersion: Int = 1, priority: Int = 0, runAt: Timestamp? = nil,
    uniqueKey: String? = nil, concurrencyKey: String? = nil, maxFailures: Int = 8, isPermanent: Bool = false
  ) {
    self.kind = kind
    self.queue = queue
    self.payload = payload
    self.payloadVersion = payloadVersion
    self.priority = priority
    self.runAt = runAt
    self.uniqueKey = uniqueKey
    self.concurrencyKey = concurrencyKey
    self.maxFailures = maxFailures
    self.isPermanent = isPermanent
  }
}

/// The right to run a job: held by (job, attempt). Every verb that ends or extends an attempt matches all of it.
public struct Lease: Sendable, Hashable {
  /// `job.id`.
  public let jobID: Int64
  /// The fencing token: one more at every lease of the job.
  public let attempt: Int

  /// Names an attempt; whether it holds the job, the store knows.
  public init(jobID: Int64, attempt: Int) {
    self.jobID = jobID
    self.attempt = attempt
  }
}

/// A job as its handler sees it.
public struct LeasedJob: Sendable, Equatable {
  /// The right to run it.
  public let lease: Lease
  /// See `NewJob.kind`.
  public let kind: String
  /// The queue it came from.
  public let queue: String
  /// JSON, as it was enqueued.
  public let payload: String
  /// See `NewJob.payloadVersion`.
  public let payloadVersion: Int
  /// Attempts that ended badly before this one.
  public let failures: Int
  /// The failure with this number ends it as dead.
  public let maxFailures: Int

  /// The same over all attempts.
  public var id: Int64 { lease.jobID }
  /// 1 at the first one; drained and snoozed attempts count too.
  public var attempt: Int { lease.attempt }
}

/// A job as an observer sees it.
public struct JobRecord: Sendable, Equatable {
  /// Unique in its store for ever.
  public let id: Int64
  /// See `NewJob.kind`.
  public let kind: String
  /// The queue it is in.
  public let queue: String
  /// Where it stands.
  public let state: JobState
  /// See `NewJob.priority`.
  public let priority: Int
  /// When it falls, or fell, due.
  public let runAt: Timestamp
  /// How often it was leased.
  public let attempt: Int
  /// How many of the attempts ended badly.
  public let failures: Int
  /// The failure with this number ends it as dead.
  public let maxFailures: Int
  /// See `NewJob.uniqueKey`.
  public let uniqueKey: String?
  /// See `NewJob.concurrencyKey`.
  public let concurrencyKey: String?
  /// Available, but its concurrency key has as many leased or ready as it may.
  public let isHeld: Bool
  /// See `NewJob.payloadVersion`.
  public let payloadVersion: Int
  /// Who leased it last; nil before the first lease.
  public let workerID: String?
  /// Nil unless leased.
  public let leaseExpiresAt: Timestamp?
  /// When somebody asked the running attempt to stop.
  public let cancelRequestedAt: Timestamp?
  /// Why it is in its state, for people.
  public let reason: String?
  /// JSON left by a handler that succeeded.
  public let result: String?
  /// When it was enqueued.
  public let createdAt: Timestamp
  /// When it ended; nil while it is unfinished.
  public let settledAt: Timestamp?
}

/// One transition of a job.
public struct JobEvent: Sendable, Equatable {
  /// Whose.
  public let jobID: Int64
  /// When.
  public let at: Timestamp
  /// What happened.
  public let transition: JobTransition
  /// The attempt that it ended or began; 0 before the first lease.
  public let attempt: Int
  /// The worker of that attempt; nil when no worker took part.
  public let workerID: String?
  /// Why, for people.
  public let reason: String?
}

/// Why the queue did not do what was asked. Texts are free of what payloads hold.
public enum JobQueueError: Error, Sendable, Equatable {
  /// The job was leased anew, settled or cancelled since: this attempt's result must be dropped.
  case leaseLost(Lease)
  /// No queue of this name; `JobTable.declareQueue` makes one.
  case unknownQueue(String)
  /// A value that was to be kept as JSON cannot be: `what` names it and the place in it.
  case unencodable(what: String)
  /// Stored JSON that does not fit the type asked for: `what` names it and the place in it.
  case unreadable(what: String)
}

extension JobQueueError: CustomStringConvertible {
  /// One sentence for people.
  public var description: String {
    switch self {
    case .leaseLost(let lease):
      "Attempt \(lease.attempt) of job \(lease.jobID) lost its lease; another attempt owns the job"
    case .unknownQueue(let name): "There is no queue named \(name)"
    case .unencodable(let what): "No JSON can be made of \(what)"
    case .unreadable(let what): "Cannot read \(what)"
    }
  }
}
