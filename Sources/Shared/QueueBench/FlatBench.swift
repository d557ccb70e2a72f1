import Database
import Timekeeping

/// Whether leasing and settling stay as fast when the table holds many other jobs.
package struct FlatBench {
  /// Alternations between the tables.
  private static let rounds = 5
  /// Jobs in a transaction that fills a table.
  private static let portion = 20_000

  let ground: BenchGround
  let plan: BenchPlan
  let progress: @Sendable (String) -> Void

  package init(ground: BenchGround, plan: BenchPlan, progress: @escaping @Sendable (String) -> Void) {
    self.ground = ground
    self.plan = plan
    self.progress = progress
  }

  /// Measures each kind of crowd at each size of the plan, beside the first size, ours and the raw loop's own.
  package func run() async throws -> [Measure] {
    var measures: [Measure] = []
    for crowd in BenchTable.Crowd.allCases {
      measures += try await run(crowd)
      for rows in plan.flatRows { try ground.removePlace(Self.folder(crowd, rows)) }
    }
    return measures
  }

  private func run(_ crowd: BenchTable.Crowd) async throws -> [Measure] {
    var benches: [BenchStore] = []
    for rows in plan.flatRows {
      let bench = try await BenchStore.make(at: ground.place(Self.folder(crowd, rows)))
      try await fill(bench, crowd, rows)
      benches.append(bench)
    }
    var rates: [[Double]] = plan.flatRows.map { _ in [] }
    var rawRates = rates
    for round in 0...Self.rounds {
      for (index, bench) in benches.enumerated() {
        progress("\(plan.flatRows[index]) \(crowd.rawValue) jobs: round \(round) of \(Self.rounds)")
        let (ours, raw) = try await portion(bench, crowd)
        guard round > 0 else { continue }
        rates[index].append(ours)
        rawRates[index].append(raw)
      }
    }
    return plan.flatRows.indices.dropFirst().flatMap { index in
      [
        measure(crowd, plan.flatRows[index], few: rates[0], many: rates[index], isRaw: false),
        measure(crowd, plan.flatRows[index], few: rawRates[0], many: rawRates[index], isRaw: true),
      ]
    }
  }

  private static func folder(_ crowd: BenchTable.Crowd, _ rows: Int) -> String { "flat-\(crowd.rawValue)-\(rows)" }

  private func portion(_ bench: BenchStore, _ crowd: BenchTable.Crowd) async throws -> (ours: Double, raw: Double) {
    let count = max(1, plan.jobsPerRound / 2)
    try await bench.stock(count)
    let ours = try await bench.work(
      count, batch: plan.batch, durability: .process, leavesNone: crowd != .available)
    try await bench.stock(count)
    let raw = try await bench.rawWork(count, batch: plan.batch, durability: .process)
    return (ours, raw)
  }

  private func fill(_ bench: BenchStore, _ crowd: BenchTable.Crowd, _ rows: Int) async throws {
    var left = rows
    while left > 0 {
      progress("\(rows) \(crowd.rawValue) jobs: \(rows - left) are there")
      let size = min(left, Self.portion)
      try await bench.store.write { [job = bench.job, worker = bench.rawWorker] in
        try BenchTable.add(crowd, size, of: job, worker: worker, now: WallClock.system.now(), in: $0)
      }
      left -= size
      try await bench.settleDown()
    }
  }

  private func measure(
    _ crowd: BenchTable.Crowd, _ rows: Int, few: [Double], many: [Double], isRaw: Bool
  ) -> Measure {
    var measure = Measure(
      "flat_\(crowd.rawValue)" + (isRaw ? "_raw" : ""),
      (isRaw ? "raw limit" : "lease and settle")
        + ", \(MeasureText.number(Double(rows))) \(crowd.rawValue) jobs in the table", .jobsPerSecond,
      beside: .fewRows, rounds: zip(many, few).map { .init(ours: $0, reference: $1) })
    measure.rows = rows
    measure.batch = plan.batch
    measure.durability = Durability.process.name
    return measure
  }
}
