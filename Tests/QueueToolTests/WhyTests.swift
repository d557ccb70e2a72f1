import Database
import Foundation
import JobQueue
import Operations
import TestSupport
import Testing
import Timekeeping

@testable import lead_queue

@Suite("why", .onEachEngine)
struct WhyTests {
  private let time = ShownTime(zoneName: "UTC")
  private let now = Workbench.start

  private func job(_ bench: Workbench, _ new: NewJob? = nil) async throws -> Int64 {
    let now = bench.now
    let id = try await bench.store.write { transaction in
      try JobTable.enqueue(new ?? NewJob(kind: "upload", queue: "upload", payload: "{}"), now: now, in: transaction)
    }
    return try #require(id)
  }

  private func standing(_ bench: Workbench, _ id: Int64) async throws -> JobStanding {
    let now = bench.now
    return try #require(try await bench.store.read { try JobTable.standing(of: id, now: now, in: $0) })
  }

  @Test("Each rule is a sentence, and says what a person can do")
  func sentences() async throws {
    let bench = try await Workbench()
    let record = try await standing(bench, job(bench)).job
    let pause = Pause(scope: .queue, name: "upload", pausedAt: now, pausedBy: "ann", reason: "maintenance")
    let cases: [(JobWaitReason, String, String, String?)] = [
      (
        .queuePaused(pause), "queue_paused",
        "The queue upload is paused since 2026-03-02 15:00:00 by ann: maintenance",
        "lead-queue resume --queue upload --reason TEXT"
      ),
      (.unserved(.noWorker), "unserved", "No worker is alive.", "Start lead-worker."),
      (
        .unserved(.queue), "unserved", "No live worker with a handler for it serves the queue upload.",
        "Start lead-worker --queues upload."
      ),
      (
        .unserved(.payloadVersion(2)), "unserved",
        "No live worker understands version 2 of the payload of kind upload.",
        "Start a lead-worker as new as the program that enqueued it."
      ),
      (
        .queueFull(limit: 1, running: [7]), "queue_full",
        "The queue upload may run 1 job at once, and that is used up by job 7.",
        "Wait for one of them to end; `lead-queue workers` shows who runs them."
      ),
      (
        .keyFull(key: "a", limit: 7, holders: [1, 2, 3, 4, 5, 6, 8]), "key_full",
        "Its concurrency key a lets in 7 jobs at a time: jobs 1, 2, 3, 4, 5 and 2 more go first.",
        "Wait for them to end, or look why they do not: lead-queue why 1"
      ),
      (
        .destinationHeld("crm", until: now + .seconds(90)), "destination_held",
        "crm asked to be left alone until 2026-03-02 15:01:30 (in 1 min 30 s).",
        "Nothing; the queue goes on by itself then."
      ),
      (
        .startsUsedUp(perMinute: 90, until: now + .seconds(2)), "starts_used_up",
        "The queue upload may start 90 jobs a minute, and that is used up: the next starts at 15:00:02.",
        "Nothing; the queue goes on by itself then."
      ),
      (
        .behind(count: 1000, isAtLeast: true), "behind",
        "At least 1000 jobs of the queue upload come first, by priority and age.", "Wait, or start more workers."
      ),
      (
        .waiting(until: now + .seconds(9), .failed(failures: 7, of: 8, because: "no answer")), "waiting",
        "It failed 7 of 8 times and runs again at 2026-03-02 15:00:09 (in 9 s): no answer",
        "Mend the cause; 1 more failure and it is dead."
      ),
      (.free, "free", "Nothing holds it back: it may start at any moment.", nil),
    ]
    for (reason, rule, text, remedy) in cases {
      let sentence = reason.sentence(of: record, now: now, time)
      #expect(sentence.rule == rule)
      #expect(sentence.text == text)
      #expect(sentence.remedy == remedy)
    }
  }

  @Test("A running job whose worker is dead or whose lease is over says who takes it over")
  func lost() async throws {
    let bench = try await Workbench()
    let id = try await job(bench)
    _ = try await bench.lease()
    let record = try await standing(bench, id).job
    func sentence(alive: Bool?, lease seconds: Int) -> WaitSentence {
      let running = JobWaitReason.running(
        JobWaitReason.Running(
          workerID: "worker-1-long", since: now, leaseExpiresAt: now + .seconds(seconds), cancelRequestedAt: nil,
          isWorkerAlive: alive))
      return running.sentence(of: record, now: now + .seconds(10), time)
    }
    #expect(
      sentence(alive: true, lease: 60).text
        == "It runs: attempt 1 on worker worker-1 since 2026-03-02 15:00:00 (10 s); its lease lasts until 15:01:00.")
    #expect(sentence(alive: true, lease: 60).remedy == nil)
    #expect(sentence(alive: false, lease: 60).text.hasSuffix("The worker shows no sign of life."))
    #expect(
      sentence(alive: false, lease: 60).remedy?.hasSuffix(
        "the next worker that looks takes it over, with one failure counted.") == true)
    #expect(sentence(alive: true, lease: 5).text.contains("its lease ended at 15:00:05."))
  }

  @Test("The tree numbers the rules when there are several, and shows each event of the job")
  func tree() async throws {
    let bench = try await Workbench()
    let first = try await job(bench)
    let lease = try await bench.lease()
    let id = try await job(bench)
    try await bench.store.write { [now] transaction in
      _ = try PauseTable.pause(.kind, "upload", by: "ann", because: "test", now: now, in: transaction)
    }
    let screen = Screen(
      output: StandardStream(isTerminal: false, isColoured: false, send: { _ in }), width: nil, time: time)
    let lines = try await standing(bench, id).tree(now: bench.now, time).lines(on: screen)
    #expect(lines[0] == "job \(id) · upload · available")
    #expect(lines[1] == "├─ why it does not run")
    #expect(lines[2] == "│  ├─ 1. The kind upload is paused since 2026-03-02 15:00:00 by ann: test")
    #expect(lines[4].contains("2. The queue upload may run 1 job at once, and that is used up by job \(first)."))
    #expect(lines.last == "   └─ 2026-03-02 15:00:01 enqueued")
    try await bench.settle(lease, .discard(because: "bad row"))
    let dead = try await standing(bench, first).tree(now: bench.now, time).lines(on: screen)
    #expect(dead.count { $0.contains("bad row") } == 2, "in the sentence and in the event")
    #expect(dead.contains { $0.contains("lead-queue retry \(first) --reason TEXT") })
  }

  @Test("The document holds the job, every rule with its values, and the events")
  func document() async throws {
    let bench = try await Workbench()
    let first = try await job(bench)
    _ = try await bench.lease()
    let id = try await job(bench)
    let text = try await standing(bench, id).document(now: bench.now, time).pretty
    let document = try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
    #expect((document["job"] as? [String: Any])?["id"] as? Int64 == id)
    let reasons = try #require(document["reasons"] as? [[String: Any]])
    #expect(reasons.map { $0["rule"] as? String } == ["queue_full"])
    #expect(reasons[0]["limit"] as? Int == 1 && reasons[0]["running"] as? [Int64] == [first])
    #expect(document["last_error"] is NSNull)
    #expect((document["events"] as? [[String: Any]])?.map { $0["transition"] as? String } == ["enqueued"])
  }
}

@Suite("workers, jobs and pauses")
struct DeskListingTests {
  private let screen = Screen(
    output: StandardStream(isTerminal: false, isColoured: false, send: { _ in }), width: nil,
    time: ShownTime(zoneName: "UTC"))

  @Test("Each worker names what it runs now; many jobs are counted in a table and all in JSON")
  func workers() {
    let now = Workbench.start
    func worker(_ id: String, seen: Int, ended: Bool = false) -> WorkerRecord {
      WorkerRecord(
        id: id, host: "h", pid: 1, version: "0", kinds: ["k"], queues: ["q"], startedAt: now,
        heartbeatAt: now - .seconds(seen), endedAt: ended ? now : nil)
    }
    let workers = [worker("a", seen: 1), worker("b", seen: 60), worker("c", seen: 60, ended: true)]
    let running: [String: [Int64]] = ["a": [1, 2, 3, 4, 5, 6]]
    let table = WorkersCommand.listing(workers, running: running, now: now, as: .table).lines(on: screen)
    #expect(table[1].contains("alive") && table[1].contains("1, 2, 3, 4 and 2 more"))
    #expect(table[2].contains("dead") && table[3].contains("ended"))
    let json = WorkersCommand.listing(workers, running: running, now: now, as: .json).list(screen.time).pretty
    #expect(json.replacing(" ", with: "").replacing("\n", with: "").contains(#""jobs":[1,2,3,4,5,6]"#))
  }

  @Test("Whoever pauses is told that what runs goes on, and who paused it before")
  func pause() {
    let time = screen.time
    #expect(
      PauseCommand.lines("queue upload", former: nil, running: 1, time) == [
        "Paused the queue upload: no job of it starts until it is resumed. 1 job of it runs and goes on to its end."
      ])
    let former = Pause(
      scope: .queue, name: "upload", pausedAt: Workbench.start, pausedBy: "ann", reason: "maintenance")
    #expect(
      PauseCommand.lines("queue upload", former: former, running: 0, time) == [
        "The queue upload is paused already, since 2026-03-02 15:00:00 (UTC) by ann: maintenance",
        "Nothing of it runs.",
      ])
  }
}
