public import Database
public import Foundation
public import Timekeeping

/// A job as a type of its own: its properties are the payload, kept as JSON.
///
///     struct SendMail: QueuedJob {
///       static let kind = "send_mail"
///       var address: String
///     }
public protocol QueuedJob: Codable, Sendable {
  /// The name that stands in the store. It never changes and is never used for something else.
  static var kind: String { get }
  /// Raised when the payload changes such that older workers could not read it; they leave it to newer ones. ≥ 1; 1 by default.
  static var payloadVersion: Int { get }
  /// Where its jobs go; `default` by default.
  static var queue: String { get }

  /// Reads a payload of version 1 to `payloadVersion`. By default every version is read as the present one; a type that has
  /// changed more than that tells them apart here. What it throws ends the job as dead.
  static func decode(_ payload: Data, version: Int, with decoder: JSONDecoder) throws -> Self
}

extension QueuedJob {
  /// 1.
  public static var payloadVersion: Int { 1 }
  /// `default`.
  public static var queue: String { Store.defaultQueueName }

  /// Every version is read as the present one.
  public static func decode(_ payload: Data, version: Int, with decoder: JSONDecoder) throws -> Self {
    try decoder.decode(Self.self, from: payload)
  }
}

extension NewJob {
  /// A job of a type of its own. See the properties for the rest.
  /// Throws `JobQueueError.unencodable`, for instance for a number that is not finite.
  public init<Job: QueuedJob>(
    _ job: Job, priority: Int = 0, runAt: Timestamp? = nil, uniqueKey: String? = nil, concurrencyKey: String? = nil,
    maxFailures: Int = 8, isPermanent: Bool = false
  ) throws(JobQueueError) {
    self.init(
      kind: Job.kind, queue: Job.queue, payload: try JobJSON.encode(job, as: "a job of kind \(Job.kind)"),
      payloadVersion: Job.payloadVersion, priority: priority, runAt: runAt, uniqueKey: uniqueKey,
      concurrencyKey: concurrencyKey, maxFailures: maxFailures, isPermanent: isPermanent)
  }
}

extension Store {
  /// Enqueues one job in a transaction of its own; to have it together with rows of yours, call `JobTable.enqueue` in your
  /// transaction. Returns its id; nil when an unfinished job has the same unique key. It is safe once this has returned.
  /// Throws `JobQueueError.unknownQueue`, and what `write` throws.
  @discardableResult
  public func enqueue(
    _ job: NewJob, _ durability: Durability = .process, clock: WallClock = .system
  ) async throws -> Int64? {
    try await write(durability) { try JobTable.enqueue(job, now: clock.now(), in: $0) }
  }

  /// As `enqueue(_:_:clock:)`, for a job with nothing special about it.
  @discardableResult
  public func enqueue(
    _ job: some QueuedJob, _ durability: Durability = .process, clock: WallClock = .system
  ) async throws -> Int64? {
    try await enqueue(NewJob(job), durability, clock: clock)
  }
}

extension JobHandler {
  /// Runs the jobs of one type, in all versions up to its present one. A payload that cannot be read ends its job as dead,
  /// with a reason that names the place in it but nothing it holds. For the rest see `run`; `timeout` > 0.
  public init<Job: QueuedJob>(
    for type: Job.Type, timeout: Duration? = nil,
    run: @escaping @Sendable (Job, JobContext) async throws -> Settlement
  ) {
    self.init(kind: ServedKind(Job.kind, payloadVersionMax: Job.payloadVersion), timeout: timeout) { leased, context in
      let job: Job
      do throws(JobJSON.Misfit) {
        job = try JobJSON.decode(leased.payload) {
          try Job.decode($0, version: leased.payloadVersion, with: $1)
        }
      } catch {
        return Settlement(.discard(because: "the payload, version \(leased.payloadVersion): \(error.place)"))
      }
      return try await run(job, context)
    }
  }

  /// As `init(for:timeout:run:)` above, for handlers that write nothing of their own with the outcome.
  public init<Job: QueuedJob>(
    for type: Job.Type, timeout: Duration? = nil,
    run: @escaping @Sendable (Job, JobContext) async throws -> Outcome
  ) {
    self.init(for: type, timeout: timeout) { job, context in Settlement(try await run(job, context)) }
  }
}

extension Outcome {
  /// Succeeded, with a result that is kept with the job as JSON, for as long as the job.
  /// Throws `JobQueueError.unencodable`: then the attempt counts as failed, although its work is done.
  public static func succeeded(with result: some Encodable) throws(JobQueueError) -> Outcome {
    .succeeded(result: try JobJSON.encode(result, as: "a result of type \(type(of: result))"))
  }
}

extension JobRecord {
  /// The result that the handler left; nil when there is none. Throws `JobQueueError.unreadable`.
  public func result<Value: Decodable>(as type: Value.Type) throws(JobQueueError) -> Value? {
    guard let result else { return nil }
    do throws(JobJSON.Misfit) {
      return try JobJSON.decode(result) { try $1.decode(Value.self, from: $0) }
    } catch {
      throw .unreadable(what: "the result of job \(id) as \(type): \(error.place)")
    }
  }
}
