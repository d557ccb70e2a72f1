import Database

/// Enqueueing, and leasing with settling, in one process, in turns with the raw loop.
struct ThroughputBench {
  let ground: BenchGround
  let plan: BenchPlan
  let progress: @Sendable (String) -> Void

  func enqueueing() async throws -> [Measure] {
    let bench = try await BenchStore.make(at: ground.place("enqueue"))
    var measures: [Measure] = []
    for durability in durabilities {
      let rounds = try await inTurns("enqueue, \(durability.name)", bench) {
        try await bench.enqueue(plan.jobsPerRound, batch: plan.enqueueBatch, durability: durability)
      } raw: {
        try await bench.raw.enqueue(
          plan.jobsPerRound, bench.job, batch: plan.enqueueBatch, durability: durability
        ).jobsPerSecond
      }
      measures.append(
        measure("enqueue", "enqueue, \(plan.enqueueBatch) a transaction", durability, plan.enqueueBatch, rounds))
    }
    return measures
  }

  func settling() async throws -> [Measure] {
    let bench = try await BenchStore.make(at: ground.place("settle"))
    var measures: [Measure] = []
    for durability in durabilities {
      for batch in plan.batch == 1 ? [1] : [plan.batch, 1] {
        let count =
          batch > 1
          ? plan.jobsPerRound
          : durability == .power ? plan.syncedSingleJobsPerRound : plan.singleJobsPerRound
        let rounds = try await inTurns("lease and settle by \(batch), \(durability.name)", bench) {
          try await bench.stock(count)
          return try await bench.work(count, batch: batch, durability: durability)
        } raw: {
          try await bench.stock(count)
          return try await bench.rawWork(count, batch: batch, durability: durability)
        }
        let title = batch > 1 ? "lease and settle, \(batch) at once" : "lease and settle, one by one"
        measures.append(measure(batch > 1 ? "settle_batch" : "settle_single", title, durability, batch, rounds))
      }
    }
    return measures
  }

  private var durabilities: [Durability] { plan.durability == .power ? [.process, .power] : [.process] }

  private func measure(
    _ name: String, _ title: String, _ durability: Durability, _ batch: Int, _ rounds: [Measure.Round]
  ) -> Measure {
    let isPower = durability == .power
    var measure = Measure(
      isPower ? name + "_power" : name, isPower ? title + ", survives a power failure" : title, .jobsPerSecond,
      beside: .raw, rounds: rounds)
    measure.durability = durability.name
    measure.batch = batch
    return measure
  }

  /// One uncounted round, then the rounds; who begins changes from one to the next.
  private func inTurns(
    _ what: String, _ bench: BenchStore, ours: () async throws -> Double, raw: () async throws -> Double
  ) async throws -> [Measure.Round] {
    var rounds: [Measure.Round] = []
    for round in 0...plan.rounds {
      progress("\(what): round \(round) of \(plan.rounds)")
      var result = Measure.Round(ours: 0, reference: 0)
      for isOurs in round % 2 == 0 ? [true, false] : [false, true] {
        try await bench.settleDown()
        if isOurs { result.ours = try await ours() } else { result.reference = try await raw() }
      }
      if round > 0 { rounds.append(result) }
    }
    return rounds
  }
}
