import Database
import Timekeeping

/// From enqueueing in one process to the start in another that has nothing else to do; and the same in C, with a pipe for a
/// bell.
struct LatencyBench {
  /// Ours and the raw limit take turns.
  private static let rounds = 5

  let ground: BenchGround
  let crew: BenchCrew
  let plan: BenchPlan
  let progress: @Sendable (String) -> Void

  /// Milliseconds of one side.
  private struct Samples {
    /// From the moment at which the enqueueing call returned; a start before that took no time.
    var fromCommit: [Double] = []
    /// From before the call.
    var fromCall: [Double] = []
  }

  /// When a job was enqueued, in nanoseconds of `CLOCK_MONOTONIC`.
  private struct Enqueued {
    var job: Int64
    var before: Int64
    var after: Int64
  }

  func run() async throws -> [Measure] {
    let bench = try await BenchStore.make(at: ground.place("latency"))
    var gaps = GapGenerator(seed: plan.seed)
    let perRound = max(1, plan.latencySamples / Self.rounds)
    var rounds: [(ours: Samples, raw: Samples)] = []
    for round in 1...Self.rounds {
      progress("latency: round \(round) of \(Self.rounds)")
      let ours = try await ours(perRound, bench, &gaps)
      let raw = try await raw(perRound, bench, &gaps)
      rounds.append((ours, raw))
    }
    return measures("latency", "enqueue to start", rounds.map { ($0.ours.fromCommit, $0.raw.fromCommit) })
      + measures("latency_call", "call of enqueue to start", rounds.map { ($0.ours.fromCall, $0.raw.fromCall) })
  }

  private func ours(_ count: Int, _ bench: BenchStore, _ gaps: inout GapGenerator) async throws -> Samples {
    let task = BenchTask(role: .listen, store: .init(bench.address), batch: 4, samples: count)
    let listener = try await crew.start([task])[0]
    var enqueued: [Enqueued] = []
    for _ in 0..<count {
      try await Task.sleep(for: gaps.next())
      let before = monotonicNanoseconds()
      let job = try await bench.store.write { [job = bench.job] in
        try job.enqueue(1, now: WallClock.system.now(), in: $0)
      }
      enqueued.append(Enqueued(job: job ?? 0, before: before, after: monotonicNanoseconds()))
    }
    listener.write("stop\n")
    return try Self.samples(enqueued, try await listener.finding().starts)
  }

  private func raw(_ count: Int, _ bench: BenchStore, _ gaps: inout GapGenerator) async throws -> Samples {
    let task = BenchTask(role: .listenRaw, store: .init(bench.address), samples: count)
    let listener = try await crew.start([task])[0]
    let job = BenchJob(queue: BenchStore.rawQueue)
    var times: [(before: Int64, after: Int64)] = []
    for _ in 0..<count {
      try await Task.sleep(for: gaps.next())
      let before = monotonicNanoseconds()
      _ = try await bench.raw.enqueue(1, job, batch: 1, durability: .process)
      let after = monotonicNanoseconds()
      listener.write("!")
      times.append((before, after))
    }
    let starts = try await listener.finding().starts
    // One at a time and in order: the jobs need no names.
    guard starts.count == count else { throw QueueBenchError.unfinished(queue: BenchStore.rawQueue) }
    return try Self.samples(
      zip(times, starts).map { Enqueued(job: $1.job, before: $0.before, after: $0.after) }, starts)
  }

  private static func samples(_ enqueued: [Enqueued], _ starts: [JobStart]) throws -> Samples {
    let began = Dictionary(starts.map { ($0.job, $0.began) }, uniquingKeysWith: min)
    var samples = Samples()
    for one in enqueued {
      guard let start = began[one.job] else { throw QueueBenchError.unfinished(queue: BenchStore.queue) }
      samples.fromCommit.append(max(0, Double(start - one.after) / 1e6))
      samples.fromCall.append(Double(start - one.before) / 1e6)
    }
    return samples
  }

  /// Percentiles over all samples: a round has too few for its own p99.
  private func measures(_ name: String, _ title: String, _ rounds: [(ours: [Double], raw: [Double])]) -> [Measure] {
    let (ours, raw) = (rounds.flatMap(\.ours), rounds.flatMap(\.raw))
    return [("p50", 50.0), ("p99", 99.0), ("max", 100.0)].map { label, percent in
      let pair = Measure.Round(
        ours: Statistics.percentile(percent, of: ours) ?? 0, reference: Statistics.percentile(percent, of: raw) ?? 0)
      var measure = Measure("\(name)_\(label)", "\(title), \(label)", .milliseconds, beside: .raw, rounds: [pair])
      measure.durability = Durability.process.name
      measure.processes = 2
      return measure
    }
  }
}

/// Gaps of 2 to 8 ms, the same for the same seed: not in step with anybody's poll.
private struct GapGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> Duration {
    // SplitMix64.
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return .microseconds(2000 + Int64((mixed ^ (mixed >> 31)) % 6000))
  }
}
