import ArgumentParser
import Database
import JobQueue
import LeadStore
import Operations
import Replenishment
import TestSupport
import Testing
import Timekeeping

@testable import lead_queue

@Suite("Cancel and retry, beside the books of the leads", .onEachEngine)
struct MendingTests {
  private func dead(_ bench: Workbench) async throws -> Workbench.Planned {
    try await bench.fillCatalog()
    let planned = try await bench.planUpload()
    let lease = try await bench.lease()
    try await bench.intend(planned.batch, [0, 1, 2], lease)
    try await bench.settle(lease, .discard(because: "the CRM refuses the request"))
    return planned
  }

  private func retry(_ bench: Workbench, _ job: Int64) async throws -> ManualResult {
    let now = bench.tick()
    let results = try await bench.store.write {
      try ManualVerb.retry.change([job], matching: nil, because: "x", now: now, in: $0)
    }
    return try #require(results.first)
  }

  @Test("A dead upload job whose batch is open may be retried: it first looks for the leads that may be in the CRM")
  func retryOpenBatch() async throws {
    let bench = try await Workbench()
    let planned = try await dead(bench)
    let result = try await retry(bench, planned.job)
    #expect(result.outcome == .revived(isHeld: false))
    let note = try await bench.store.read { try ManualVerb.retry.note(on: result, in: $0) }
    #expect(note == "batch \(planned.batch): looks for 3 leads in the CRM before it sends the rest (1)")
  }

  @Test("An upload job whose batch is settled is not retried, and the refusal says so")
  func settledBatch() async throws {
    let bench = try await Workbench()
    try await bench.fillCatalog()
    let planned = try await bench.planUpload()
    let lease = try await bench.lease()
    try await bench.finish(planned.batch, (0..<4).map { ($0, .released(reason: "x")) }, lease)
    try await bench.settle(lease, .discard(because: "x"))
    let result = try await retry(bench, planned.job)
    guard case .refused(let refusal) = result.outcome else {
      Issue.record("it was retried")
      return
    }
    #expect(
      refusal.sentence(planned.job, .retry)
        == "batch 1 is settled: every lead of it has its final state, and nothing is left to send")
    let state = try await bench.store.read { try JobTable.find(planned.job, in: $0)?.state }
    #expect(state == .dead)
  }

  @Test("An upload job whose batch was given to a later job is not retried, even after that one ended")
  func replaced() async throws {
    let bench = try await Workbench()
    let planned = try await dead(bench)
    let now = bench.tick()
    try await bench.store.write { transaction in
      let later = try JobTable.enqueue(
        NewJob(kind: "upload", queue: "upload", payload: "{}", uniqueKey: "upload:\(planned.plan):1"), now: now,
        in: transaction)
      try BatchTable.assign(planned.batch, to: later ?? 0, in: transaction)
    }
    #expect(try await retry(bench, planned.job).outcome == .refused(.twin(planned.job + 1)))
    try await bench.store.write { transaction in
      _ = try JobTable.cancel(planned.job + 1, because: "x", now: now, in: transaction)
    }
    #expect(
      try await retry(bench, planned.job).outcome
        == .refused(.pointless("its batch was given to a later job, which looks after the leads")))
  }

  @Test("Whoever cancels an upload job is told what becomes of its leads, of those in doubt apart")
  func cancelUpload() async throws {
    let bench = try await Workbench()
    let planned = try await dead(bench)
    let now = bench.tick()
    _ = try await retry(bench, planned.job)
    let (result, note) = try await bench.store.write { transaction in
      let results = try ManualVerb.cancel.change(
        [planned.job], matching: nil, because: "x", now: now, in: transaction)
      return (results[0], try ManualVerb.cancel.note(on: results[0], in: transaction))
    }
    #expect(result.outcome == .cancelled)
    #expect(
      note == "batch \(planned.batch): no lead is lost; with the next cycle 1 unsent go back to the catalog, "
        + "3 that may be in the CRM are looked for there first")
  }

  @Test(
    "An age is a whole number with s, min, h or d",
    arguments: [("45s", 45), ("10min", 600), ("2h", 7200), ("7d", 604_800), ("36500d", 3_153_600_000)])
  func age(_ text: String, _ seconds: Int) {
    #expect(Age(argument: text)?.duration == .seconds(seconds))
  }

  @Test(
    "What is no age is refused",
    arguments: ["", "5", "min", "0h", "-1h", "1.5h", "2 h", "2hours", "36501d", "99999999999999999999s", "٣h"])
  func noAge(_ text: String) {
    #expect(Age(argument: text) == nil)
  }

  @Test(
    "Named jobs and a filter exclude each other, and one of them is needed",
    arguments: [
      ["--reason", "x"], ["1", "--kind", "monitor", "--reason", "x"], ["1", "1", "--reason", "x"],
      ["1"], ["1", "--reason", " "], ["--state", "dead", "--reason", "x"], ["--state", "succeeded", "--reason", "x"],
      ["--older-than", "5", "--reason", "x"], ["one", "--reason", "x"],
    ])
  func usage(_ words: [String]) {
    #expect(throws: (any Error).self) { try CancelCommand.parse(words) }
  }

  @Test("The filter of a command begins from the states that the verb can change, and ends at the newest job")
  func filter() throws {
    let command = try RetryCommand.parse(
      ["--kind", "monitor", "--older-than", "2h", "--reason-text", "refused", "--reason", "x"])
    let now = Workbench.start
    let filter = command.choice.filter(from: ManualVerb.retry.possible, newestID: 77, now: now)
    #expect(filter.states == [.dead, .cancelled] && filter.kinds == ["monitor"] && filter.idMax == 77)
    #expect(filter.createdBefore == now - .seconds(7200) && filter.reasonText == "refused")
    #expect(command.choice.words == "--kind monitor --older-than 2h --reason-text refused")
    #expect(try CancelCommand.parse(["--state", "waiting", "--reason", "x"]).choice.state == [.waiting])
  }

  @Test("Beside a named job stands the whole sentence, also on a narrow terminal")
  func named() {
    let screen = Screen(
      output: StandardStream(isTerminal: true, isColoured: false, send: { _ in }), width: 40,
      time: ShownTime(zoneName: "UTC"))
    let job = JobMending.Changed(
      result: ManualResult(id: 12, kind: "upload", outcome: .refused(.twin(15))), note: nil)
    #expect(
      job.tree(.retry).lines(on: screen) == [
        "job 12 · upload · not retried", "└─ job 15 does the same and is not", "     finished",
      ])
    let unknown = JobMending.Changed(
      result: ManualResult(id: 9, kind: nil, outcome: .refused(.unknown)), note: nil)
    #expect(unknown.tree(.cancel).lines(on: screen) == ["job 9 · not cancelled", "└─ there is no job 9"])
  }

  @Test("The report of a filter counts every outcome, and names the first jobs that were left alone")
  func report() {
    var report = MendingReport()
    func job(_ id: Int64, _ outcome: ManualOutcome, note: String? = nil) -> JobMending.Changed {
      JobMending.Changed(result: ManualResult(id: id, kind: "upload", outcome: outcome), note: note)
    }
    report.add([job(1, .cancelled, note: "batch 1"), job(2, .askedToStop), job(3, .refused(.changedSince))])
    report.add([job(4, .refused(.state(.dead)))])
    #expect(
      report.lines(.cancel, namedMax: 1) == [
        "1 job cancelled.",
        "1 job running: asked to stop. Each ends when its handler looks, unless it succeeds first.",
        "1 of them sent leads. None is lost: with the next cycle unsent leads go back to the catalog, and those "
          + "that may be in the CRM are looked for there first.", "2 jobs not cancelled:",
        "  job 3: it changed meanwhile",
        "  and 1 more",
      ])
  }
}
