import Leads
import TestSupport
import Testing
import Timekeeping

@testable import LeadStore
@testable import Replenishment

@Suite("The laws of an upload's progress")
struct UploadProgressTests {
  private static let grace = Duration.seconds(90)

  static func lead(
    _ position: Int, hasNPI: Bool, state: BatchLeadState = .pending, requests: Int = 0
  ) -> BatchLead {
    BatchLead(
      position: position, leadID: Int64(position + 1), key: LeadKey(rawValue: "k\(position)"),
      npi: hasNPI ? "\(1_000_000_000 + position)" : nil, leadClass: .a, state: state, day: "2026-03-09",
      requests: requests, sentAt: nil, absences: 0, absentAt: nil, crmID: nil, reason: nil)
  }

  /// The CRM as the laws see it: what it holds, and whether it lets a request through.
  private struct World {
    var held: Set<Int> = []
    var lastSent: [Int: Timestamp] = [:]
    var requests = 0
  }

  @Test(
    "every lead ends in exactly one final state, found before it is sent again, and those without npi after two grace periods, alone"
  )
  func laws() throws {
    for seed in UInt64(0)..<2000 {
      var random = SeededGenerator(seed: seed)
      let leads = (0..<Int.random(in: 1...12, using: &random)).map { Self.lead($0, hasNPI: random.oneIn(2)) }
      var progress = UploadProgress(leads: leads, batchSize: 5, grace: Self.grace, newestLeadID: 100)
      var world = World()
      var now = Timestamp(milliseconds: 1_000_000)
      var ended: [Int: Int] = [:]
      var inDoubt: Set<Int> = []
      var isOver = false
      for _ in 0..<400 where !isOver {
        now = now + .milliseconds(Int64.random(in: 0...2000, using: &random))
        switch progress.next(now: now) {
        case .done: isOver = true
        case .restartGrace, .condemn, .giveUp:
          Issue.record("time goes on and nothing is rolled back here: seed \(seed)")
          isOver = true
        case .wait(let time):
          #expect(time > now, "seed \(seed)")
          now = time
        case .readBack(let asked):
          let findings = asked.map { ReadBackFinding(ours: world.held.contains($0.position) ? [101] : []) }
          let found = progress.foundBack(asked, findings, now: now)
          for result in found.results { ended[result.position, default: 0] += 1 }
          inDoubt.subtract(found.results.map(\.position))
          inDoubt.subtract(found.resendable)
        case .send(let sent):
          #expect(!sent.isEmpty && sent.count <= 5, "seed \(seed)")
          for lead in sent {
            #expect(!inDoubt.contains(lead.position), "sent again without having been looked for: seed \(seed)")
            if lead.npi == nil, let last = world.lastSent[lead.position] {
              #expect(now - last >= Self.grace + Self.grace, "seed \(seed)")
              #expect(sent.count == 1, "seed \(seed)")
            }
          }
          progress.intended(sent, at: now)
          let positions = sent.map(\.position)
          switch Int.random(in: 0..<6, using: &random) {
          case 0:
            inDoubt.formUnion(positions)
            for lead in sent { world.lastSent[lead.position] = now }
            world.held.formUnion(positions)
          case 1:
            inDoubt.formUnion(positions)
            for lead in sent { world.lastSent[lead.position] = now }
          case 2: progress.unprocessed(sent)
          case 3:
            let rejected: Set<Int> = [positions[0]]
            ended[positions[0], default: 0] += 1
            progress.unprocessed(sent, rejected: rejected)
          default:
            let outcomes = sent.map {
              world.held.contains($0.position) && $0.npi != nil ? RowOutcome.duplicate(existingID: 101) : .created
            }
            world.held.formUnion(positions)
            for result in progress.processed(sent, outcomes) { ended[result.position, default: 0] += 1 }
          }
        }
      }
      #expect(isOver, "seed \(seed)")
      #expect(ended == Dictionary(uniqueKeysWithValues: leads.map { ($0.position, 1) }), "seed \(seed)")
    }
  }

  @Test(
    "one row that the CRM chokes on is found among 500 in at most 20 requests, and costs no other row anything",
    arguments: [0, 1, 250, 255, 256, 498, 499])
  func bisection(poison: Int) {
    let leads = (0..<500).map { Self.lead($0, hasNPI: true) }
    var progress = UploadProgress(leads: leads, batchSize: 500, grace: Self.grace, newestLeadID: 0)
    let now = Timestamp(milliseconds: 0)
    var (requests, created, rejected) = (0, 0, [Int]())
    var action = progress.next(now: now)
    while action != .done, requests < 100 {
      switch action {
      case .send(let sent):
        requests += 1
        progress.intended(sent, at: now)
        if sent.contains(where: { $0.position == poison }) {
          progress.unprocessed(sent, isPoisoned: true)
        } else {
          created += progress.processed(sent, sent.map { _ in .created }).count
        }
      case .condemn(let leads):
        rejected += leads.map(\.position)
        progress.remove(leads)
      default: Issue.record("unexpected: \(action)")
      }
      action = progress.next(now: now)
    }
    #expect(action == .done)
    #expect(requests <= 20)
    #expect(created == 499)
    #expect(rejected == [poison])
  }

  @Test("a CRM that rolls back whatever it is sent is given up after a few requests, and no lead is blamed")
  func systemicFault() {
    let leads = (0..<500).map { Self.lead($0, hasNPI: true) }
    var progress = UploadProgress(leads: leads, batchSize: 500, grace: Self.grace, newestLeadID: 0)
    let now = Timestamp(milliseconds: 0)
    var requests = 0
    var action = progress.next(now: now)
    while case .send(let sent) = action, requests < 100 {
      requests += 1
      progress.intended(sent, at: now)
      progress.unprocessed(sent, isPoisoned: true)
      action = progress.next(now: now)
    }
    #expect(action == .giveUp)
    #expect(requests <= 40)
    #expect(progress.pending.count == 500)
  }

  @Test("a row alone in its batch that is rolled back is not blamed either: nothing shows that the CRM imports at all")
  func aloneInTheBatch() {
    let lead = Self.lead(0, hasNPI: true)
    let now = Timestamp(milliseconds: 0)
    var progress = UploadProgress(leads: [lead], batchSize: 10, grace: Self.grace, newestLeadID: 0)
    guard case .send(let sent) = progress.next(now: now) else { return #expect(Bool(false), "it is to be sent") }
    progress.intended(sent, at: now)
    progress.unprocessed(sent, isPoisoned: true)
    #expect(progress.next(now: now) == .giveUp)
  }

  @Test("what an earlier attempt left in doubt is looked for before anything is sent")
  func doubtFirst() {
    let leads = [
      Self.lead(0, hasNPI: true), Self.lead(1, hasNPI: true, state: .unresolved, requests: 1),
      Self.lead(2, hasNPI: false, state: .unresolved, requests: 1),
    ]
    var progress = UploadProgress(leads: leads, batchSize: 10, grace: Self.grace, newestLeadID: 0)
    #expect(progress.next(now: Timestamp(milliseconds: 0)) == .readBack([leads[1], leads[2]]))
  }

  @Test("a duplicate above the CRM's newest id of before may be our own lost row: it is looked for, not counted")
  func ownDuplicate() {
    let lead = Self.lead(0, hasNPI: true)
    let now = Timestamp(milliseconds: 0)
    var progress = UploadProgress(leads: [lead], batchSize: 10, grace: Self.grace, newestLeadID: 100)
    guard case .send(let sent) = progress.next(now: now) else { return #expect(Bool(false), "it is to be sent") }
    progress.intended(sent, at: now)
    #expect(progress.processed(sent, [.duplicate(existingID: 101)]).isEmpty)
    guard case .readBack(let asked) = progress.next(now: now) else {
      return #expect(Bool(false), "it is to be looked for")
    }
    let found = progress.foundBack(asked, [ReadBackFinding(others: [101])], now: now)
    #expect(found.results.map(\.result) == [.duplicate(existingID: 101)])
    #expect(progress.next(now: now) == .done)
  }

  @Test("a duplicate of a row that was there before is final at once")
  func oldDuplicate() {
    let now = Timestamp(milliseconds: 0)
    var progress = UploadProgress(
      leads: [Self.lead(0, hasNPI: true)], batchSize: 10, grace: Self.grace, newestLeadID: 100)
    guard case .send(let sent) = progress.next(now: now) else { return #expect(Bool(false), "it is to be sent") }
    progress.intended(sent, at: now)
    let results = progress.processed(sent, [.duplicate(existingID: 100)])
    #expect(results.map(\.result) == [.duplicate(existingID: 100)])
    #expect(progress.next(now: now) == .done)
  }

  @Test(
    "a clock that is set back while a lead waits neither sends it early nor keeps it for longer than a grace period")
  func clockSetBack() {
    let now = Timestamp(milliseconds: 10_000_000)
    let lead = Self.lead(0, hasNPI: false, state: .unresolved, requests: 1)
    var progress = UploadProgress(leads: [lead], batchSize: 10, grace: Self.grace, newestLeadID: 0)
    guard case .readBack(let asked) = progress.next(now: now) else {
      return #expect(Bool(false), "first it is looked for")
    }
    _ = progress.foundBack(asked, [ReadBackFinding()], now: now)
    let yesterday = now - .seconds(86_400)
    guard case .restartGrace(let waiting) = progress.next(now: yesterday) else {
      return #expect(Bool(false), "its grace period begins anew")
    }
    progress.restartedGrace(waiting, at: yesterday)
    #expect(progress.next(now: yesterday) == .wait(until: yesterday + Self.grace))
    guard case .readBack = progress.next(now: yesterday + Self.grace) else {
      return #expect(Bool(false), "a grace period later it is looked for again")
    }
  }
}
