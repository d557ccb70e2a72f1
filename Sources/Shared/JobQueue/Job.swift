public import Timekeeping

/// A job to enqueue.
public struct NewJob: Sendable, Equatable {
  public var kind: String
  public var queue: String
  /// JSON.
  public var payload: String
  public var payloadVersion: Int
  /// Higher first; one point is worth a minute of waiting, so that nothing waits for ever.
  public var priority: Int
  /// Nil: at once.
  public var runAt: Timestamp?
  /// Refuses a second equal job while one is unfinished.
  public var uniqueKey: String?
  /// Jobs of one queue with equal keys share the queue's limit for keys (`QueueSettings.keyConcurrencyMax`).
  public var concurrencyKey: String?
  public var maxFailures: Int
  /// Other tables refer to it: retention passes it over.
  public var isPermanent: Bool

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
  public let jobID: Int64
  /// The fencing token.
  public let attempt: Int

  public init(jobID: Int64, attempt: Int) {
    self.jobID = jobID
    self.attempt = attempt
  }
}

/// A job as its handler sees it.
public struct LeasedJob: Sendable, Equatable {
  public let lease: Lease
  public let kind: String
  public let queue: String
  public let payload: String
  public let payloadVersion: Int
  /// Attempts that ended badly before this one.
  public let failures: Int
  public let maxFailures: Int

  public var id: Int64 { lease.jobID }
  public var attempt: Int { lease.attempt }
}

/// A job as an observer sees it.
public struct JobRecord: Sendable, Equatable {
  public let id: Int64
  public let kind: String
  public let queue: String
  public let state: JobState
  public let priority: Int
  public let runAt: Timestamp
  public let attempt: Int
  public let failures: Int
  public let maxFailures: Int
  public let uniqueKey: String?
  public let concurrencyKey: String?
  /// Available, but its concurrency key has as many leased or ready as it may.
  public let isHeld: Bool
  public let payloadVersion: Int
  public let workerID: String?
  public let leaseExpiresAt: Timestamp?
  public let cancelRequestedAt: Timestamp?
  public let reason: String?
  public let result: String?
  public let createdAt: Timestamp
  public let settledAt: Timestamp?
}

/// One transition of a job.
public struct JobEvent: Sendable, Equatable {
  public let jobID: Int64
  public let at: Timestamp
  public let transition: JobTransition
  public let attempt: Int
  public let workerID: String?
  public let reason: String?
}

public enum JobQueueError: Error, Sendable, Equatable {
  /// The job was leased anew, settled or cancelled since: this attempt's result must be dropped.
  case leaseLost(Lease)
  /// No queue of this name; `JobTable.declareQueue` makes one.
  case unknownQueue(String)
}

extension JobQueueError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .leaseLost(let lease):
      "Attempt \(lease.attempt) of job \(lease.jobID) lost its lease; another attempt owns the job"
    case .unknownQueue(let name): "There is no queue named \(name)"
    }
  }
}
