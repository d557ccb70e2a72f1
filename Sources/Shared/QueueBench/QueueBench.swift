import Database

/// What was measured, and on what.
package struct BenchReport: Sendable, Codable, Equatable {
  package var machine: Machine
  package var measures: [Measure]

  package init(machine: Machine, measures: [Measure]) {
    self.machine = machine
    self.measures = measures
  }
}

/// Measures the queue with jobs that do nothing, run by the code that runs real jobs, beside the raw limit of the same
/// machine in the same minutes.
package struct QueueBench: Sendable {
  private let plan: BenchPlan
  private let ground: BenchGround
  private let entry: [String]
  private let progress: @Sendable (String) -> Void

  /// `entry`: the arguments that make this very program call `BenchWorker.run`, to which the task is appended. `progress` is
  /// told now and then what is going on.
  package init(
    plan: BenchPlan, ground: BenchGround, entry: [String], progress: @escaping @Sendable (String) -> Void
  ) {
    self.plan = plan
    self.ground = ground
    self.entry = entry
    self.progress = progress
  }

  /// Runs the parts of the plan one after another. Throws `QueueBenchError` and what the store throws.
  package func run() async throws -> BenchReport {
    var measures: [Measure] = []
    for part in BenchPlan.Part.allCases where plan.parts.contains(part) {
      measures += try await run(part)
    }
    var machine = Machine.current(folder: ground.folder)
    if let server = ground.server {
      let thread = DedicatedThread(name: "server-version")
      machine.postgresql = try await thread.run { try BenchTable.version(of: server) }
    }
    return BenchReport(machine: machine, measures: measures)
  }

  private func run(_ part: BenchPlan.Part) async throws -> [Measure] {
    let crew = BenchCrew(ground: ground, entry: entry)
    switch part {
    case .enqueue: return try await ThroughputBench(ground: ground, plan: plan, progress: progress).enqueueing()
    case .settle: return try await ThroughputBench(ground: ground, plan: plan, progress: progress).settling()
    case .processes:
      return try await ProcessBench(ground: ground, crew: crew, plan: plan, progress: progress).run()
    case .latency:
      return try await LatencyBench(ground: ground, crew: crew, plan: plan, progress: progress).run()
    case .idle: return try await IdleBench(ground: ground, crew: crew, plan: plan, progress: progress).run()
    case .flat: return try await FlatBench(ground: ground, plan: plan, progress: progress).run()
    }
  }
}
