import CQueueLoop
package import Database

/// The raw limit: the loops of `CQueueLoop` on a thread of their own.
package final class RawLoop: Sendable {
  /// What one run of a loop took.
  package struct Outcome: Sendable, Equatable {
    package var jobs: Int
    package var transactions: Int
    package var seconds: Double
    /// The longest transaction, the wait for its beginning included.
    package var longestMilliseconds: Double

    package var jobsPerSecond: Double { Double(jobs) / seconds }

    init(_ result: lq_loop_result) {
      jobs = Int(result.jobs)
      transactions = Int(result.transactions)
      // A clock that did not move would make the rate infinite.
      seconds = Double(max(1, result.nanoseconds)) / 1e9
      longestMilliseconds = Double(result.longest_nanoseconds) / 1e6
    }
  }

  /// The connection; closed with the last reference.
  private final class Connection {
    enum Loop {
      case file(OpaquePointer)
      case server(OpaquePointer)
    }

    let loop: Loop

    init(_ address: StoreAddress) throws(QueueBenchError) {
      let opened =
        switch address {
        case .file(let path): lq_loop_open(path).map(Loop.file)
        case .server(let server): lq_server_loop_open(server.url, server.schema).map(Loop.server)
        }
      guard let opened else { throw .raw("out of memory") }
      loop = opened
      try check(0)
    }

    deinit {
      switch loop {
      case .file(let loop): lq_loop_close(loop)
      case .server(let loop): lq_server_loop_close(loop)
      }
    }

    func check(_ code: Int32) throws(QueueBenchError) {
      let message =
        switch loop {
        case .file(let loop): String(cString: lq_loop_message(loop))
        case .server(let loop): String(cString: lq_server_loop_message(loop))
        }
      guard code == 0, message.isEmpty else { throw .raw(message) }
    }
  }

  private let lane = ConnectionLane<Connection>(name: "raw-loop")

  /// Opens a store that exists, with a current schema. Throws `QueueBenchError.raw`.
  package static func open(_ address: StoreAddress) async throws -> RawLoop {
    let raw = RawLoop()
    try await raw.lane.start { try Connection(address) }
    return raw
  }

  private init() {}

  /// Enqueues jobs that may run at once, `batch` a transaction.
  package func enqueue(
    _ count: Int, _ job: BenchJob, batch: Int, durability: Durability
  ) async throws -> Outcome {
    try await lane.run { connection in
      var result = lq_loop_result()
      let (count, batch) = (Int64(count), Int64(batch))
      let code =
        switch connection.loop {
        case .file(let loop):
          lq_loop_enqueue(loop, job.queue, BenchJob.kind, job.payload, count, batch, durability.raw, &result)
        case .server(let loop):
          lq_server_loop_enqueue(loop, job.queue, BenchJob.kind, job.payload, count, batch, &result)
        }
      try connection.check(code)
      return Outcome(result)
    }
  }

  /// Leases and settles as succeeded until `count` jobs are done or none is available. `worker` is registered.
  package func work(
    _ count: Int, queue: String, worker: String, batch: Int, durability: Durability
  ) async throws -> Outcome {
    try await lane.run { connection in
      var result = lq_loop_result()
      let (count, batch) = (Int64(count), Int64(batch))
      let code =
        switch connection.loop {
        case .file(let loop): lq_loop_work(loop, worker, queue, count, batch, durability.raw, &result)
        case .server(let loop): lq_server_loop_work(loop, worker, queue, count, batch, &result)
        }
      try connection.check(code)
      return Outcome(result)
    }
  }

  /// Runs one job for each byte that comes in on `bell`, until its other end is closed. Returns when each began.
  package func listen(bell: Int32, queue: String, worker: String, atMost capacity: Int) async throws -> [JobStart] {
    try await lane.run { connection in
      var starts = [lq_loop_start](repeating: lq_loop_start(), count: capacity)
      var count: Int64 = 0
      let code =
        switch connection.loop {
        case .file(let loop): lq_loop_listen(loop, bell, worker, queue, &starts, Int64(capacity), &count)
        case .server(let loop): lq_server_loop_listen(loop, bell, worker, queue, &starts, Int64(capacity), &count)
        }
      try connection.check(code)
      return starts.prefix(Int(count)).map { JobStart(job: $0.job, began: $0.began) }
    }
  }
}

/// When a job began, in nanoseconds of `CLOCK_MONOTONIC`, which all processes of a machine share.
package struct JobStart: Sendable, Codable, Equatable {
  var job: Int64
  var began: Int64
}

/// Nanoseconds of `CLOCK_MONOTONIC`.
func monotonicNanoseconds() -> Int64 { lq_monotonic_nanoseconds() }

extension Durability {
  fileprivate var raw: lq_durability {
    switch self {
    case .process: LQ_SURVIVES_PROCESS
    case .power: LQ_SURVIVES_POWER
    }
  }
}

/// The raw limit of reading a file of lines.
package enum RawReading {
  /// Seconds that it takes to read the file in pieces of 1 MiB and to find its line ends with `memchr`. Blocks on the file.
  /// Throws `QueueBenchError.raw` when it cannot be read.
  package static func seconds(path: String) throws(QueueBenchError) -> Double {
    var nanoseconds: Int64 = 0
    guard lq_longest_line(path, 1 << 20, &nanoseconds) >= 0 else { throw .raw("\(path) cannot be read") }
    return Double(max(1, nanoseconds)) / 1e9
  }
}
