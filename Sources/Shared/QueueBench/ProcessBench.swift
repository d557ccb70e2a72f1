import Database

/// Several processes on one store: what they do together, how equally it is shared, and how long a write waits.
struct ProcessBench {
  /// Alternations of one process and several.
  private static let rounds = 5

  let ground: BenchGround
  let crew: BenchCrew
  let plan: BenchPlan
  let progress: @Sendable (String) -> Void

  /// One alternation.
  private struct Round {
    var alone: [BenchFinding]
    var together: [BenchFinding]
    /// What the raw loop does in one process, where that was measured.
    var raw: Double?
  }

  func run() async throws -> [Measure] {
    let bench = try await BenchStore.make(at: ground.place("processes"))
    let (working, raw) = try await workInTurns(bench)
    let writing = try await rounds("writing through to the disk") {
      try await write($0, bench)
    } raw: {
      try await rawWrites($0, bench)
    }
    let count = plan.processes
    return besideRaw(working, raw) + [
      total("processes_settle", "lease and settle, \(count) processes together", .jobsPerSecond, working, .process) {
        Double($0.jobs)
      },
      share("processes_settle_share", "the slowest of \(count) processes", .jobsPerSecond, working, .process) {
        Double($0.jobs)
      },
      longest("processes_settle_wait", "longest wait for a write meanwhile", working, .process),
      single("enqueue_single_power", "enqueue, one by one, survives a power failure", writing),
      total("processes_write_power", "small writes, \(count) processes together", .writesPerSecond, writing, .power) {
        Double($0.writes)
      },
      share("processes_write_power_share", "the slowest of \(count) writers", .writesPerSecond, writing, .power) {
        Double($0.writes)
      },
      longest("processes_write_power_wait", "longest wait of \(count) writers", writing, .power),
    ]
  }

  /// Ours and, on a server, the raw loop, each first in every other round: the table grows meanwhile, and the machine is not
  /// equally fast all the time. A file has one writer at a time, whoever it is, and no raw rounds.
  private func workInTurns(_ bench: BenchStore) async throws -> (ours: [Round], raw: [Round]) {
    let roles: [BenchTask.Role] =
      switch bench.address {
      case .file: [.work]
      case .server: [.work, .workRaw]
      }
    var wanted = max(plan.jobs, 1000)
    var (ours, raw): ([Round], [Round]) = ([], [])
    for round in 1...Self.rounds {
      progress("\(plan.processes) processes, working: round \(round) of \(Self.rounds)")
      let turns = round.isMultiple(of: 2) ? roles.reversed() : roles
      var alone: [BenchTask.Role: [BenchFinding]] = [:]
      for role in turns { alone[role] = try await work(1, bench, &wanted, role) }
      for role in turns {
        let found = Round(alone: alone[role] ?? [], together: try await work(plan.processes, bench, &wanted, role))
        if role == .work { ours.append(found) } else { raw.append(found) }
      }
    }
    return (ours, raw)
  }

  /// One process and several beside as many raw loops, where there are any.
  private func besideRaw(_ working: [Round], _ raw: [Round]) -> [Measure] {
    guard !raw.isEmpty else { return [] }
    return [1, plan.processes].map { count in
      let pairs = zip(working, raw).map { ours, raw in
        count == 1
          ? Measure.Round(ours: Self.rate(ours.alone), reference: Self.rate(raw.alone))
          : Measure.Round(ours: Self.rate(ours.together), reference: Self.rate(raw.together))
      }
      var measure = Measure(
        "processes_settle_\(count)", "lease and settle, \(count) process\(count == 1 ? "" : "es")", .jobsPerSecond,
        beside: .raw, rounds: pairs)
      measure.durability = Durability.process.name
      measure.batch = plan.batch
      measure.processes = count
      return measure
    }
  }

  /// Jobs a second, of all together.
  private static func rate(_ findings: [BenchFinding]) -> Double {
    findings.reduce(0) { $0 + Double($1.jobs) / $1.seconds }
  }

  private func rounds(
    _ what: String, _ body: (Int) async throws -> [BenchFinding],
    raw: ([BenchFinding]) async throws -> Double? = { _ in nil }
  ) async throws -> [Round] {
    var rounds: [Round] = []
    for round in 1...Self.rounds {
      progress("\(plan.processes) processes, \(what): round \(round) of \(Self.rounds)")
      let alone = try await body(1)
      let raw = try await raw(alone)
      rounds.append(Round(alone: alone, together: try await body(plan.processes), raw: raw))
    }
    return rounds
  }

  /// Runs `count` pools or raw loops until their time is over. When they ran out of jobs before, the store gets twice as many (`wanted`) and
  /// they begin again.
  private func work(
    _ count: Int, _ bench: BenchStore, _ wanted: inout Int, _ role: BenchTask.Role
  ) async throws -> [BenchFinding] {
    while true {
      let there = try await available(bench, upTo: wanted)
      try await bench.stock(max(0, wanted - there))
      let findings = try await crew.run(tasks(role, count, isPower: false, bench))
      if try await available(bench, upTo: 1) > 0 { return findings }
      wanted *= 2
    }
  }

  private func write(_ count: Int, _ bench: BenchStore) async throws -> [BenchFinding] {
    try await bench.settleDown()
    return try await crew.run(tasks(.write, count, isPower: true, bench))
  }

  /// Writes a second of the raw loop: as many as one process did.
  private func rawWrites(_ alone: [BenchFinding], _ bench: BenchStore) async throws -> Double {
    try await bench.settleDown()
    return try await bench.raw.enqueue(
      max(1, alone[0].writes), BenchJob(queue: BenchStore.rawQueue), batch: 1, durability: .power
    ).jobsPerSecond
  }

  private func tasks(_ role: BenchTask.Role, _ count: Int, isPower: Bool, _ bench: BenchStore) -> [BenchTask] {
    let milliseconds = Int(plan.window / .milliseconds(1))
    let task = BenchTask(
      role: role, store: .init(bench.address), batch: plan.batch, isPower: isPower, milliseconds: milliseconds)
    return Array(repeating: task, count: count)
  }

  private func available(_ bench: BenchStore, upTo limit: Int) async throws -> Int {
    try await bench.store.read { try BenchTable.available(queue: BenchStore.queue, upTo: limit, in: $0) }
  }

  // MARK: What it means

  private func total(
    _ name: String, _ title: String, _ unit: Measure.Unit, _ rounds: [Round], _ durability: Durability,
    _ work: (BenchFinding) -> Double
  ) -> Measure {
    func rate(_ findings: [BenchFinding]) -> Double { findings.reduce(0) { $0 + work($1) / $1.seconds } }
    return described(
      Measure(
        name, title, unit, beside: .oneProcess,
        rounds: rounds.map { .init(ours: rate($0.together), reference: rate($0.alone)) }), durability)
  }

  private func single(_ name: String, _ title: String, _ rounds: [Round]) -> Measure {
    var measure = Measure(
      name, title, .jobsPerSecond, beside: .raw,
      rounds: rounds.map { .init(ours: Double($0.alone[0].writes) / $0.alone[0].seconds, reference: $0.raw ?? 0) })
    measure.durability = Durability.power.name
    measure.batch = 1
    measure.processes = 1
    return measure
  }

  private func share(
    _ name: String, _ title: String, _ unit: Measure.Unit, _ rounds: [Round], _ durability: Durability,
    _ work: (BenchFinding) -> Double
  ) -> Measure {
    described(
      Measure(
        name, title, unit, beside: .fairShare,
        rounds: rounds.map { round in
          let rates = round.together.map { work($0) / $0.seconds }
          return .init(ours: rates.min() ?? 0, reference: rates.reduce(0, +) / Double(rates.count))
        }), durability)
  }

  private func longest(_ name: String, _ title: String, _ rounds: [Round], _ durability: Durability) -> Measure {
    let longest = rounds.flatMap(\.together).map(\.longestWriteMilliseconds).max() ?? 0
    return described(Measure(name, title, .milliseconds, ours: longest, rounds: rounds.count), durability)
  }

  private func described(_ measure: Measure, _ durability: Durability) -> Measure {
    var measure = measure
    measure.durability = durability.name
    measure.processes = plan.processes
    return measure
  }
}
