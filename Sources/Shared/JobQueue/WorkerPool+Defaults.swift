public import Database
import Foundation
public import Logging
public import Timekeeping

/// Pools and maintenance with everything that need not be said. The library's outermost face: only here does the machine's
/// own clock or randomness come in, each as the default of a parameter.
extension WorkerPool {
  /// A pool for a program of its own: a worker named after this process that takes every kind it has a handler for.
  ///
  /// `settings`: by default the queue `default` with four jobs at once. `version` is the program's, shown with the worker.
  /// `describe` turns a handler's error into the reason kept with its job; by default our own errors' words, of others only
  /// the type, so that no personal data gets into the store by accident.
  public convenience init(
    store: Store, handlers: [JobHandler], settings: Settings = Settings(queues: [Store.defaultQueueName]),
    version: String = "", clock: WallClock = .system, logger: Logger,
    randomness: @escaping @Sendable () -> any RandomNumberGenerator = { SystemRandomNumberGenerator() },
    describe: @escaping @Sendable (any Error) -> String = describeBriefly
  ) {
    let now = clock.now()
    let record = WorkerRecord(
      id: Self.processName(randomness), host: ProcessInfo.processInfo.hostName,
      pid: Int(ProcessInfo.processInfo.processIdentifier), version: version, kinds: handlers.map(\.kind.name),
      queues: settings.queues, startedAt: now, heartbeatAt: now)
    self.init(
      store: store, worker: record, handlers: handlers, settings: settings, clock: clock, logger: logger,
      randomness: randomness, describe: describe)
  }

  /// The words of the queue's and the store's own errors, which quote no data; of others only the type.
  @Sendable public static func describeBriefly(_ error: any Error) -> String {
    switch error {
    case let error as DatabaseError: "\(error)"
    case let error as JobQueueError: "\(error)"
    case is CancellationError: "stopped"
    default: "error of type \(type(of: error))"
    }
  }

  fileprivate static func processName(_ randomness: () -> any RandomNumberGenerator) -> String {
    var generator = randomness()
    return ProcessIdentity(random: .random(in: .min ... .max, using: &generator)).text
  }
}

extension QueueMaintenance {
  /// Maintenance by a program of its own, under a name of this process. `settings`: how long finished jobs are kept.
  public convenience init(
    store: Store, settings: Settings = Settings(), clock: WallClock = .system, logger: Logger,
    randomness: @escaping @Sendable () -> any RandomNumberGenerator = { SystemRandomNumberGenerator() }
  ) {
    self.init(
      store: store, holder: WorkerPool.processName(randomness), settings: settings, clock: clock, logger: logger,
      describe: WorkerPool.describeBriefly)
  }
}
