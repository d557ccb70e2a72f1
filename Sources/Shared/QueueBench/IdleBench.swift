import Database

/// What a worker costs that has nothing to do.
struct IdleBench {
  let ground: BenchGround
  let crew: BenchCrew
  let plan: BenchPlan
  let progress: @Sendable (String) -> Void

  func run() async throws -> [Measure] {
    let bench = try await BenchStore.make(at: ground.place("idle"))
    progress("an idle worker, for \(plan.idleWindow / .seconds(1)) s")
    let task = BenchTask(
      role: .idle, store: .init(bench.address), batch: 4, milliseconds: Int(plan.idleWindow / .milliseconds(1)))
    let worker = try await crew.start([task])[0]
    // What belongs to its start is over.
    try await Task.sleep(for: .milliseconds(500))
    worker.write("go\n")
    let finding = try await worker.finding()
    return [
      Measure("idle_processor", "idle worker, processor", .percentOfCore, ours: finding.processorPercent),
      Measure("idle_memory", "idle worker, peak memory", .megabytes, ours: finding.peakMegabytes),
    ]
  }
}
