import Database
import Foundation
import JobQueue
import Synchronization
import Timekeeping

/// The other side of `BenchCrew`: a process that works and tells what it found.
///
/// It says `ready` on standard output, waits for a line on standard input, works, and writes its `BenchFinding` as one line of
/// JSON. It ends when standard input is closed, which also happens when the process that started it dies.
package enum BenchWorker {
  /// `task`: what `BenchCrew` appended to the arguments. Throws `QueueBenchError` and what the store throws.
  package static func run(task: String) async throws {
    let task = try JSONDecoder().decode(BenchTask.self, from: Data(task.utf8))
    let url = ProcessInfo.processInfo.environment[BenchTask.Place.serverVariable] ?? ""
    let store = try await BenchStore.open(task.store.address(serverURL: url))
    let finding: BenchFinding
    switch task.role {
    case .work: finding = try await work(task, store)
    case .write: finding = try await write(task, store)
    case .workRaw: finding = try await workRaw(task, store)
    case .listen: finding = try await listen(task, store)
    case .listenRaw: finding = try await listenRaw(task, store)
    case .idle: finding = try await idle(task, store)
    }
    try say(String(decoding: JSONEncoder().encode(finding), as: UTF8.self))
  }

  /// What is not counted at the beginning: connections are made, statements prepared and planned, pages read.
  private static let warmUp = Duration.milliseconds(300)

  // MARK: Roles

  private static func work(_ task: BenchTask, _ store: Store) async throws -> BenchFinding {
    let tally = Tally()
    let pool = pool(task, store) { _ in tally.add() }
    try await waitForWord()
    async let running: Void = pool.run()
    try await Task.sleep(for: warmUp)
    let before = tally.count
    let start = ContinuousClock.now
    let end = start + .milliseconds(task.milliseconds)
    var finding = BenchFinding()
    while ContinuousClock.now < end {
      try await Task.sleep(for: .milliseconds(10))
      try await smallWrite(.process, store, &finding)
    }
    finding.jobs = tally.count - before
    finding.seconds = (ContinuousClock.now - start).inSeconds
    pool.drain()
    try await running
    return finding
  }

  private static func workRaw(_ task: BenchTask, _ store: Store) async throws -> BenchFinding {
    let worker = BenchPool.worker(queue: BenchStore.queue)
    try await store.write { try WorkerTable.register(worker, in: $0) }
    let raw = try await RawLoop.open(store.address)
    let writer = try await RawLoop.open(store.address)
    try await waitForWord()
    let start = ContinuousClock.now + warmUp
    let end = start + .milliseconds(task.milliseconds)
    async let found = rawJobs(task, raw, worker: worker.id, from: start, until: end)
    try await Task.sleep(until: start)
    var finding = BenchFinding()
    // What `work` writes besides.
    while ContinuousClock.now < end {
      try await Task.sleep(for: .milliseconds(10))
      let write = try await writer.enqueue(1, BenchJob(queue: BenchStore.rawQueue), batch: 1, durability: .process)
      finding.writes += 1
      finding.longestWriteMilliseconds = max(finding.longestWriteMilliseconds, write.longestMilliseconds)
    }
    (finding.jobs, finding.seconds) = try await found
    return finding
  }

  /// The jobs of the batches that ended within the span, and the seconds these took.
  private static func rawJobs(
    _ task: BenchTask, _ raw: RawLoop, worker: String, from start: ContinuousClock.Instant,
    until end: ContinuousClock.Instant
  ) async throws -> (jobs: Int, seconds: Double) {
    func batch() async throws -> Int {
      try await raw.work(
        task.batch, queue: BenchStore.queue, worker: worker, batch: task.batch, durability: .process
      ).jobs
    }
    while ContinuousClock.now < start { _ = try await batch() }
    let began = ContinuousClock.now
    var jobs = 0
    while ContinuousClock.now < end { jobs += try await batch() }
    return (jobs, (ContinuousClock.now - began).inSeconds)
  }

  private static func write(_ task: BenchTask, _ store: Store) async throws -> BenchFinding {
    try await waitForWord()
    let start = ContinuousClock.now
    let end = start + .milliseconds(task.milliseconds)
    var finding = BenchFinding()
    while ContinuousClock.now < end {
      try await smallWrite(task.isPower ? .power : .process, store, &finding)
    }
    finding.seconds = (ContinuousClock.now - start).inSeconds
    return finding
  }

  private static func listen(_ task: BenchTask, _ store: Store) async throws -> BenchFinding {
    let list = StartList(capacity: task.samples)
    let pool = pool(task, store) { list.note($0.id) }
    async let running: Void = pool.run()
    try await waitForWord()
    // The word follows the last job's commit; a pool that polls may be a little late.
    let deadline = ContinuousClock.now + .seconds(30)
    while list.content.count < task.samples && ContinuousClock.now < deadline {
      try await Task.sleep(for: .milliseconds(5))
    }
    pool.drain()
    try await running
    var finding = BenchFinding()
    finding.starts = list.content
    return finding
  }

  private static func listenRaw(_ task: BenchTask, _ store: Store) async throws -> BenchFinding {
    let worker = BenchPool.worker(queue: BenchStore.rawQueue)
    try await store.write { try WorkerTable.register(worker, in: $0) }
    let raw = try await RawLoop.open(store.address)
    try say("ready")
    var finding = BenchFinding()
    finding.starts = try await raw.listen(
      bell: STDIN_FILENO, queue: BenchStore.rawQueue, worker: worker.id, atMost: task.samples)
    return finding
  }

  private static func idle(_ task: BenchTask, _ store: Store) async throws -> BenchFinding {
    let pool = pool(task, store) { _ in }
    async let running: Void = pool.run()
    try await waitForWord()
    let start = ContinuousClock.now
    let before = ProcessCost.now()
    try await Task.sleep(for: .milliseconds(task.milliseconds))
    let after = ProcessCost.now()
    var finding = BenchFinding()
    finding.seconds = (ContinuousClock.now - start).inSeconds
    finding.processorPercent = (after.processorSeconds - before.processorSeconds) / finding.seconds * 100
    finding.peakMegabytes = ProcessCost.peakMegabytes()
    pool.drain()
    try await running
    return finding
  }

  // MARK: Details

  private static func pool(
    _ task: BenchTask, _ store: Store, began: @escaping @Sendable (LeasedJob) -> Void
  ) -> WorkerPool {
    BenchPool.make(
      store: store, worker: BenchPool.worker(queue: BenchStore.queue), batch: task.batch,
      durability: task.isPower ? .power : .process, began: began)
  }

  /// Enqueues one job that nobody runs, and notes how long the caller waited. An update that changes nothing would not do:
  /// SQLite then commits without writing.
  private static func smallWrite(
    _ durability: Durability, _ store: Store, _ finding: inout BenchFinding
  ) async throws {
    let begun = monotonicNanoseconds()
    try await store.write(durability, company: .beside) {
      _ = try BenchJob(queue: BenchStore.rawQueue).enqueue(1, now: WallClock.system.now(), in: $0)
    }
    let milliseconds = Double(monotonicNanoseconds() - begun) / 1e6
    finding.writes += 1
    finding.longestWriteMilliseconds = max(finding.longestWriteMilliseconds, milliseconds)
  }

  /// Says that everything is prepared and waits for a line. From then on the end of standard input ends the process.
  private static func waitForWord() async throws {
    try say("ready")
    let thread = DedicatedThread(name: "standard-input")
    let word = try await thread.run { readLine() }
    guard word != nil else { throw QueueBenchError.process("nobody waits for this process") }
    thread.submit {
      while readLine() != nil {}
      _exit(1)
    }
    input.withLock { $0 = thread }
  }

  /// Keeps the thread that listens.
  private static let input = Mutex<DedicatedThread?>(nil)

  private static func say(_ line: String) throws {
    try FileHandle.standardOutput.write(contentsOf: Data((line + "\n").utf8))
  }
}

/// The jobs that have begun, in order.
private final class StartList: Sendable {
  private let starts: Mutex<[JobStart]>

  init(capacity: Int) {
    var empty: [JobStart] = []
    empty.reserveCapacity(capacity)
    starts = Mutex(empty)
  }

  var content: [JobStart] { starts.withLock { $0 } }

  func note(_ job: Int64) {
    let now = monotonicNanoseconds()
    starts.withLock { $0.append(JobStart(job: job, began: now)) }
  }
}

/// What this process has cost the machine.
private struct ProcessCost {
  var processorSeconds: Double

  static func now() -> ProcessCost {
    var usage = rusage()
    getrusage(Int32(RUSAGE_SELF.rawValue), &usage)
    func seconds(_ time: timeval) -> Double { Double(time.tv_sec) + Double(time.tv_usec) / 1e6 }
    return ProcessCost(processorSeconds: seconds(usage.ru_utime) + seconds(usage.ru_stime))
  }

  /// `VmHWM` of proc(5), in units of 1,024 · 1,024 bytes.
  static func peakMegabytes() -> Double {
    guard let data = FileManager.default.contents(atPath: "/proc/self/status") else { return 0 }
    let line = String(decoding: data, as: UTF8.self).split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
    let kilobytes = line?.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap { Double($0) }
    return (kilobytes ?? 0) / 1024
  }
}
