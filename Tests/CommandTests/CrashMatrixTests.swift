import Foundation
import Testing

@Suite("Killed at every point of every write transaction")
struct CrashMatrixTests {
  /// Write transactions that no episode reaches, and why. By file, or by file and function.
  private static let exceptions = [
    "QueueBench/": "works on stores of its own, which are thrown away after the measurement",
    "Simulation/": "beside the programs: it runs on stores of its own, in a process of its own",
    "lead_queue/DriftRepair": "a step of a thousand leads that may be done again, as RequeueTests show",
    "lead_queue/Requeueing.run": "one transaction that may be done again, as RequeueTests show",
    "lead_queue/DashboardOffice+Desk":
      "the transactions of the commands pause and resume, which are killed as commands",
    "lead_queue/Promotion": "killed at each of its steps by PromotionTests",
    "JobQueue/QueueSchema.openQueue": "the library's own way in; the programs open their store by LeadStore",
    "JobQueue/WorkerPool+Work.writeAlone":
      "comes only after a store that refuses one result for good, which takes a damaged store",
  ]

  @Test(
    "A process killed at any point: the next ones go on, no lead twice, none lost, counters right, proofs pass",
    .timeLimit(.minutes(30)))
  func matrix() async throws {
    let variables = ProcessInfo.processInfo.environment
    let (matrix, explored) = try await CrashMatrix.explore()
    #expect(explored == [], "nobody was killed yet")
    try requireEverySiteReached(matrix)

    let seed = variables["LEAD_CRASH_SEED"].flatMap { UInt64($0) } ?? UInt64.random(in: 0..<1_000_000)
    let cases = chosen(of: matrix, variables, seed: seed)
    var missed: [String] = []
    var findings: [String] = []
    try await withThrowingTaskGroup(of: (CrashMatrix.Case, CrashMatrix.Result).self) { group in
      for one in cases { group.addTask { (one, try await CrashMatrix.run(one)) } }
      for try await (one, result) in group {
        findings += result.findings
        if !result.isReached { missed.append(one.point) }
      }
    }
    missed.sort()
    print(
      "crash matrix, seed \(seed): \(cases.count) of \(matrix.cases.count) points, \(cases.count - missed.count) deaths, "
        + "not reached this time: \(missed)")
    #expect(findings == [], "LEAD_CRASH_SEED=\(seed)")
    // Chance decides who takes a job, and so a few points are not reached every time.
    #expect(missed.count * 10 <= cases.count)
  }

  private func chosen(of matrix: CrashMatrix, _ variables: [String: String], seed: UInt64) -> [CrashMatrix.Case] {
    if let point = variables["LEAD_CRASH_POINT"], !point.isEmpty {
      return matrix.cases.filter { $0.point.contains(point) }
    }
    return variables["LEAD_CRASH_MATRIX"] == "all" ? matrix.cases : matrix.third(seed: seed)
  }

  private func requireEverySiteReached(_ matrix: CrashMatrix) throws {
    let reached = Set(matrix.cases.compactMap(\.site))
    let known = try WriteSites.all()
    #expect(known.count > 40, "the tree is read")
    let excepted: (String) -> Bool = { site in Self.exceptions.keys.contains { site.hasPrefix($0) } }
    #expect(known.filter { !reached.contains($0) && !excepted($0) } == [], "write transactions without a crash point")
    #expect(reached.subtracting(known).sorted() == [], "points whose write transaction is not in the tree")
    for site in Self.exceptions.keys {
      #expect(known.contains { $0.hasPrefix(site) }, "the exception \(site) is out of date")
      #expect(!reached.contains { $0.hasPrefix(site) }, "the exception \(site) is not needed")
    }
  }

  @Test("write transactions are found in the text, with the function around them")
  func writeSites() throws {
    let text = """
      struct Work {
        // try await store.write { nothing }
        func begin(at time: Int, _ more: [String: (Int, Int)] = [:], in other: Bool) async throws {
          let inner = { (x: Int) in x }
          try await workplace.store.write(.power) { [self] tx in
            try await tx.run()
          }
        }

        private static func end() throws {
          let count = try store.writeBlocking { tx in 1 }
          screen.write("not this")
        }
      }
      """
    #expect(
      try WriteSites.sites(in: text, path: "QueueTool/Commands/Work.swift") == [
        "lead_queue/Work.begin(at:_:in:)", "lead_queue/Work.end()",
      ])
    #expect(try WriteSites.sites(in: text, path: "Shared/JobQueue/Work.swift")[1] == "JobQueue/Work.end()")
  }
}
