public import Timekeeping

/// Where a job stands at one moment, and which rules say so.
public struct JobStanding: Sendable, Equatable {
  /// As it stood in the transaction that looked at it.
  public let job: JobRecord
  /// In the order in which leasing applies them; the first one decides. Never empty.
  public let reasons: [JobWaitReason]
  /// Why the last attempt that did not succeed ended; nil: none has.
  public let lastError: JobEvent?
  /// Every transition, oldest first; the last 1,000.
  public let events: [JobEvent]
}

/// One rule that keeps a job from being leased now, or says that none does.
public enum JobWaitReason: Sendable, Equatable {
  /// Succeeded, dead or cancelled: it never runs again by itself. `how`: the transition that ended it.
  case finished(how: JobTransition?, at: Timestamp?)
  /// An attempt owns it.
  case running(Running)
  /// It comes back by itself.
  case waiting(until: Timestamp, WaitCause)
  case queuePaused(Pause)
  case kindPaused(Pause)
  /// No live worker would take it.
  case unserved(Unserved)
  /// As many jobs of its queue are leased as may be; the first of them.
  case queueFull(limit: Int, running: [Int64])
  /// As many jobs with its concurrency key are leased or ready as may be; the first of them.
  case keyFull(key: String, limit: Int?, holders: [Int64])
  /// The destination of its queue asked for silence.
  case destinationHeld(String, until: Timestamp)
  /// As many jobs of its queue were started as may be; the next one may start then.
  case startsUsedUp(perMinute: Int, until: Timestamp)
  /// So many jobs of its queue come first; `isAtLeast`: there may be more.
  case behind(count: Int, isAtLeast: Bool)
  /// Nothing holds it back: it may be leased at any moment.
  case free

  /// An attempt under way.
  public struct Running: Sendable, Equatable {
    /// Who runs it; `worker.id`.
    public let workerID: String?
    /// When it was leased; nil when that is not among the events of the standing.
    public let since: Timestamp?
    /// Reclaimed from then on, unless its worker extends it before.
    public let leaseExpiresAt: Timestamp
    /// When somebody asked it to stop; nil: nobody has.
    public let cancelRequestedAt: Timestamp?
    /// Whether the worker still shows signs of life; nil: nothing is known of it.
    public let isWorkerAlive: Bool?

    /// See the properties.
    public init(
      workerID: String?, since: Timestamp?, leaseExpiresAt: Timestamp, cancelRequestedAt: Timestamp?,
      isWorkerAlive: Bool?
    ) {
      self.workerID = workerID
      self.since = since
      self.leaseExpiresAt = leaseExpiresAt
      self.cancelRequestedAt = cancelRequestedAt
      self.isWorkerAlive = isWorkerAlive
    }
  }

  /// Why a job is not due yet.
  public enum WaitCause: Sendable, Equatable {
    /// It was enqueued for that time.
    case planned
    /// It failed so many times, the last time because of that.
    case failed(failures: Int, of: Int, because: String?)
    /// Its handler asked to come back then.
    case snoozed(because: String?)
  }

  /// What the live workers lack; the first that applies.
  public enum Unserved: Sendable, Equatable {
    /// No worker is alive at all.
    case noWorker
    /// Workers are alive, but none has a handler for the kind.
    case kind
    /// None that has a handler for the kind serves the queue.
    case queue
    /// None that would take it understands a payload of this version.
    case payloadVersion(Int)
  }
}
