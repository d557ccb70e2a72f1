import Database
import JobQueue
import LeadStore
import Leads
import Replenishment
import Timekeeping

/// A person at a terminal, who does with the tool's own verbs what people do.
struct Operator {
  let world: World

  func act(_ fault: Fault) async throws {
    world.trace.note("a person: \(fault.rawValue)")
    switch fault {
    case .operatorPauses: try await pause()
    case .operatorCancels: try await cancel()
    case .operatorRetries: try await retry()
    case .policyChange: try await revisePolicy()
    default: preconditionFailure("\(fault) is nothing that people do")
    }
  }

  private func write(_ body: @escaping @Sendable (Timestamp, Transaction) throws -> Void) async throws {
    let visitor = world.visitor()
    let store = try await Staff(world: world, process: visitor).open()
    let now = world.moment.wall
    try await store.write { try body(now, $0) }
  }

  private func pause() async throws {
    let name = world.random.pick(["upload", "default", "cycle"])
    try await pause(name, for: world.random.span(.seconds(600), .seconds(5 * 3600)))
  }

  private func pause(_ name: String, for span: Duration) async throws {
    try await write { now, transaction in
      try PauseTable.pause(.queue, name, by: "person", because: "a person's", now: now, in: transaction)
    }
    world.time.after(span) { [self] in
      Task { try await resume(name) }
    }
  }

  private func resume(_ name: String) async throws {
    do {
      try await write { _, transaction in _ = try PauseTable.resume(.queue, name, in: transaction) }
    } catch {
      world.trace.note("a person could not resume: \(error)")
    }
  }

  func resumeEverything() async throws {
    try await write { _, transaction in
      for pause in try PauseTable.list(in: transaction) {
        _ = try PauseTable.resume(pause.scope, pause.name, in: transaction)
      }
    }
  }

  /// One of the newest jobs, of whatever state and of every kind but one: a message that a person cancels is not to be sent.
  private func anyJob(_ transaction: Transaction, _ chosen: Int) throws -> [Int64] {
    var filter = JobTable.Filter(limit: 12)
    filter.kinds = JobKind.allCases.filter { $0 != .notify }.map(\.rawValue)
    let jobs = try JobTable.list(filter, in: transaction)
    return jobs.isEmpty ? [] : [jobs[chosen % jobs.count].id]
  }

  private func cancel() async throws {
    let chosen = world.random.int(0...1000)
    try await write { now, transaction in
      _ = try JobTable.cancel(
        try anyJob(transaction, chosen), because: "a person's", now: now, in: transaction)
    }
  }

  private func retry() async throws {
    let chosen = world.random.int(0...1000)
    try await write { now, transaction in
      _ = try JobTable.retry(try anyJob(transaction, chosen), because: "a person's", now: now, in: transaction) {
        try UploadCare.pointless($0, in: transaction)
      }
    }
  }

  /// At once; or uploads are held meanwhile, so that what was planned under the old policy leaves under the new one.
  private func revisePolicy() async throws {
    guard world.random.int(0...1) == 0 else { return changePolicy() }
    let wait = world.random.span(.seconds(60), .seconds(3 * 3600))
    try await pause("upload", for: wait + SimulatedProcess.policyLag + .seconds(60))
    world.time.after(wait) { [self] in changePolicy() }
  }

  private func changePolicy() {
    world.previousPolicy = world.scenario.policy
    world.scenario.policy.maxDailyUploads = world.random.int(10...60)
    world.scenario.policy.maxUploadPerRun = world.random.int(6...30)
    world.scenario.policy.cooldownMilliseconds = Int64(world.random.int(10...240)) * 60_000
  }
}
