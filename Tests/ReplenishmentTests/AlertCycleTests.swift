import Alerts
import Database
import JobQueue
import LeadStore
import Leads
import TestSupport
import Testing
import Timekeeping

@testable import Replenishment

@Suite("What people are told of cycles", .onEachEngine)
struct AlertCycleTests {
  /// Wants 90 leads of class A and in total; no source has any.
  private func workshop(_ events: Set<AlertEvent>) async throws -> Workshop {
    let workshop = try await Workshop()
    workshop.policy.minPerClass = PerClass(aPlus: 0, a: 90, b: 0)
    workshop.policy.minTotal = 90
    workshop.policy.targetTotal = 90
    workshop.sourcePaths = []
    workshop.alerts.events = events
    workshop.alerts.channels = AlertChannel.allCases
    // Monday 2026-11-30, 12:00 in New York.
    workshop.now = Timestamp(milliseconds: 20_787 * 86_400_000 + 17 * 3_600_000)
    return workshop
  }

  /// A cycle that reads so many leads, `pause` after the last; then all that is due is delivered.
  private func cycle(
    _ workshop: Workshop, reading total: Int?, after pause: Duration = .seconds(1800), to mailbox: Mailbox
  ) async throws {
    workshop.now = workshop.now + pause
    let stock = total.map { Workshop.stock(total: $0, at: workshop.now) }
    workshop.crm.show([stock.map { .success($0) } ?? .failure(.schemaUnsupported("leads.status"))])
    _ = try await workshop.runCycle()
    try await workshop.deliver(to: mailbox)
  }

  @Test("A stock below its minimum is told once on each channel, no second time while it lasts, and its end once")
  func life() async throws {
    let workshop = try await workshop([.stockLow])
    let mailbox = Mailbox()
    for total in [100, 80, 70, 80, 95, 85, 96, 97, 98] { try await cycle(workshop, reading: total, to: mailbox) }
    let expected = [
      "A leads are low: 80 in stock, the minimum is 90, and 1 more",
      "Over: A leads are at 97, their minimum is 90, and 1 more",
    ]
    #expect(mailbox.titles(.mail) == expected)
    #expect(mailbox.titles(.slack) == expected)
    let lines = try #require(mailbox.arrivals.first?.letter.bulletin.lines)
    #expect(
      lines == [
        "- A leads are low: 80 in stock, the minimum is 90. Since Mon 13:00. [stock_low]",
        "- Leads in total are low: 80 in stock, the minimum is 90. Since Mon 13:00. [stock_low]",
      ])
    let rows = try await workshop.alertRows()
    #expect(rows.count == 2 && rows.allSatisfy { $0.recoveredAt != nil && $0.notifiedAt != nil })
    #expect(try await workshop.messageJobs().isEmpty)
  }

  @Test("With the mail server down for twenty hours no message is lost, and none comes twice")
  func outage() async throws {
    let workshop = try await workshop([.stockLow])
    let mailbox = Mailbox()
    mailbox.block { $0 == .mail ? .unreachable("mail server: Couldn't connect to server") : nil }
    try await cycle(workshop, reading: 100, to: mailbox)
    try await cycle(workshop, reading: 80, to: mailbox)
    let began = workshop.now
    for total in [95, 95] { try await cycle(workshop, reading: total, to: mailbox) }
    #expect(mailbox.titles(.slack).count == 2)
    while workshop.now - began < .seconds(20 * 3600) {
      #expect(try await workshop.waitForMessage())
      try await workshop.deliver(to: mailbox)
    }
    #expect(mailbox.titles(.mail).isEmpty)
    mailbox.block(nil)
    while try await workshop.waitForMessage() { try await workshop.deliver(to: mailbox) }
    #expect(mailbox.titles(.mail) == mailbox.titles(.slack), "none lost, none twice, in order")
    #expect(try await workshop.messageJobs([.dead]).isEmpty)
  }

  @Test(
    "However channels fail, each tells of a subject that it began, that it is over, and so on, none before the other",
    arguments: 0..<8 as Range<UInt64>)
  func order(seed: UInt64) async throws {
    let workshop = try await workshop([.stockLow])
    let mailbox = Mailbox()
    var random = SeededGenerator(seed: seed)
    var (isLow, isDown) = (false, false)
    for _ in 0..<60 {
      if random.oneIn(5) { isLow.toggle() }
      if random.oneIn(7) { isDown.toggle() }
      mailbox.block { [isDown] in isDown && $0 == .mail ? .unreachable("nobody answers") : nil }
      let pause = Duration.seconds(Int.random(in: 30...400, using: &random))
      try await cycle(workshop, reading: isLow ? 80 : 100, after: pause, to: mailbox)
    }
    mailbox.block(nil)
    while try await workshop.waitForMessage() { try await workshop.deliver(to: mailbox) }
    for subject in ["A leads", "Leads in total"] {
      // Whether each line that tells of it says that it is over.
      let told = AlertChannel.allCases.map { channel in
        mailbox.arrivals.filter { $0.channel == channel }.flatMap(\.letter.bulletin.lines)
          .filter { $0.contains(subject) }.map { $0.hasPrefix("- Over: ") }
      }
      #expect(!told[0].isEmpty && told[0].count == told[1].count, "\(subject), seed \(seed)")
      for lines in told {
        #expect(lines == lines.indices.map { $0 % 2 == 1 }, "\(subject), seed \(seed): \(lines)")
      }
    }
  }

  @Test("A channel that stays out of reach is tried for more than a day, then the message is a dead letter")
  func patience() async throws {
    let workshop = try await workshop([.stockLow])
    workshop.alerts.channels = [.mail]
    let mailbox = Mailbox()
    mailbox.block { _ in .unreachable("nobody answers") }
    try await cycle(workshop, reading: 80, to: mailbox)
    let began = workshop.now
    while try await workshop.waitForMessage() { try await workshop.deliver(to: mailbox) }
    #expect(workshop.now - began > .seconds(86_400))
    #expect(try await workshop.messageJobs([.dead]).map(\.reason) == ["nobody answers"])
  }

  @Test("What is refused is a dead letter at once, and told on the other channel, without a chain of such messages")
  func refusal() async throws {
    let workshop = try await workshop([.stockLow, .deadLetter])
    let mailbox = Mailbox()
    mailbox.block { $0 == .mail ? .refused("the mail server refuses the message (550)") : nil }
    for total in [80, 80, 80, 80] { try await cycle(workshop, reading: total, to: mailbox) }
    #expect(mailbox.titles(.slack).count == 2)
    #expect(mailbox.titles(.slack).last?.hasPrefix("The notify job ") == true)
    #expect(mailbox.titles(.slack).last?.contains("the mail server refuses the message (550)") == true)
  }

  @Test("A channel that is busy is waited for as long as it asks, without a failure")
  func busy() async throws {
    let workshop = try await workshop([.stockLow])
    workshop.alerts.channels = [.slack]
    let mailbox = Mailbox()
    mailbox.block { _ in .busy(retryAfter: .seconds(77)) }
    try await cycle(workshop, reading: 80, to: mailbox)
    let waiting = try #require(try await workshop.messageJobs().first)
    #expect(waiting.runAt == workshop.now + .seconds(77))
    #expect(waiting.failures == 0)
  }

  @Test("A process that dies with a message sent and not settled sends it again: the same, with the same id")
  func death() async throws {
    let workshop = try await workshop([.stockLow])
    workshop.alerts.channels = [.mail]
    let mailbox = Mailbox()
    mailbox.dieOnce()
    try await cycle(workshop, reading: 80, to: mailbox)
    #expect(try await workshop.alertRows().allSatisfy { $0.notifiedAt == nil })
    while try await workshop.waitForMessage() { try await workshop.deliver(to: mailbox) }
    #expect(mailbox.arrivals.count == 2)
    #expect(mailbox.arrivals[0] == mailbox.arrivals[1])
    #expect(try await workshop.alertRows().allSatisfy { $0.notifiedAt == workshop.now })
  }

  @Test(
    "Whichever write a process dies in, alert, message and jobs are there together or not at all, and it is told once")
  func crash() async throws {
    let workshop = try await workshop([.stockLow])
    let mailbox = Mailbox()
    try await Fuse.lay(in: workshop.store)
    var deaths = 0
    for writes in 1...6 {
      try await Fuse.set(in: workshop.store, after: writes)
      do {
        // A plan of its own: it finds 80 where 90 are the minimum, and commits that with its messages.
        try await workshop.plan(0, total: 80)
      } catch let error as DatabaseError {
        #expect("\(error)".contains(Fuse.word))
        deaths += 1
      }
      try await Fuse.set(in: workshop.store, after: nil)
      let (alerts, bulletins, jobs) = try await workshop.store.read { transaction in
        func count(_ sql: String) throws -> Int { try transaction.first(sql) { $0.int(0) } ?? 0 }
        return (
          try count("SELECT count(*) FROM alert"), try count("SELECT count(*) FROM bulletin"),
          try count("SELECT count(*) FROM job WHERE kind = 'notify'")
        )
      }
      #expect([alerts, bulletins, jobs] == (deaths == writes ? [0, 0, 0] : [1, 1, 2]), "after \(writes) writes")
    }
    #expect(deaths == 2, "each of the two jobs was a place to die at")
    try await workshop.deliver(to: mailbox)
    #expect(mailbox.titles(.mail).count == 1 && mailbox.titles(.slack).count == 1)
  }

  @Test(
    "A CRM that cannot be used is told at night too; the rest waits for the end of quiet hours, and comes in one message"
  )
  func quietHours() async throws {
    let workshop = try await workshop([.stockLow, .crmDown, .readingHeld, .sourcesLow])
    // 12:00 to 18:00.
    workshop.alerts.quietHours = QuietHours(start: 720, end: 1080)
    let mailbox = Mailbox()
    for total in [80, nil, nil, 80] { try await cycle(workshop, reading: total, to: mailbox) }
    #expect(mailbox.titles(.mail).count == 2)
    #expect(mailbox.titles(.mail).first?.hasPrefix("The CRM cannot be used: ") == true)
    #expect(mailbox.titles(.mail).last == "Over: The CRM answers")

    workshop.now = Timestamp(milliseconds: 20_787 * 86_400_000 + 23 * 3_600_000)
    try await tick(workshop, "quiet_end")
    try await workshop.deliver(to: mailbox)
    let last = try #require(mailbox.arrivals.last?.letter.bulletin)
    #expect(last.lines.count == 3, "A leads, the total, the sources: \(last.lines)")
    #expect(mailbox.titles(.mail).count == 3)
    // Nothing is left for the next one.
    try await tick(workshop, "quiet_end")
    #expect(try await workshop.deliver(to: mailbox) == 0)
  }

  private func tick(_ workshop: Workshop, _ name: String) async throws {
    let workplace = workshop.workplace
    let forecast = ForecastReading(
      calendar: workplace.calendar, policy: workplace.policy, rules: Policy.Forecasting(), sourcePaths: [])
    let duties = BulletinDuties.all(
      workplace.alertBook, Digest(policy: workplace.policy, calendar: workplace.calendar, forecast: forecast))
    let duty = try #require(duties.first { $0.schedule.name == name })
    let now = workshop.now
    _ = try await workshop.store.write { try duty.enqueue(DueTick(schedule: name, at: now, now: now), $0) }
  }

  @Test("The digest tells stock, uploads, what is open, and the head of the audit trail as it can be checked")
  func digest() async throws {
    let workshop = try await workshop([.stockLow])
    workshop.alerts.digestMinute = 8 * 60
    let mailbox = Mailbox()
    try await cycle(workshop, reading: 80, to: mailbox)
    try await tick(workshop, "digest")
    try await workshop.deliver(to: mailbox)
    let head = try await workshop.store.read { try AuditTable.head(in: $0) }
    let digest = try #require(mailbox.arrivals.last?.letter.bulletin)
    #expect(digest.kind == .digest && digest.title == "Mon Nov 30: 2 open alerts")
    for line in [
      "- A: 80, minimum 90, LOW", "- A+: 0, minimum 0", "- sources: 0 new leads",
      "- today: 0 created, 0 under way; 100000 of 100000 left",
      "- A leads are low: 80 in stock, the minimum is 90. Since Mon 12:30. [stock_low]",
      "lead-queue audit verify --anchor \(head.entryID):\(head.hash)",
    ] {
      #expect(digest.lines.contains(line), "\(line) in \(digest.lines)")
    }
  }

  @Test("Without a channel alerts are kept and nobody is told; once there is one, people hear of what still lasts")
  func withoutChannel() async throws {
    let workshop = try await workshop([.stockLow])
    workshop.alerts.channels = []
    let mailbox = Mailbox()
    try await cycle(workshop, reading: 80, to: mailbox)
    #expect(try await workshop.alertRows().count == 2)
    #expect(try await workshop.messageJobs().isEmpty)
    workshop.alerts.channels = [.mail]
    try await cycle(workshop, reading: 80, to: mailbox)
    #expect(mailbox.titles(.mail).count == 1)
  }

  @Test("What is not watched is not raised, and what is no longer watched ends untold")
  func withdrawn() async throws {
    let workshop = try await workshop([.stockLow])
    let mailbox = Mailbox()
    try await cycle(workshop, reading: 80, to: mailbox)
    workshop.alerts.events = [.drift]
    try await cycle(workshop, reading: 80, to: mailbox)
    #expect(try await workshop.alertRows().allSatisfy { $0.recoveredAt != nil })
    #expect(mailbox.titles(.mail).count == 1)
  }

  @Test("A held reading, a failed cycle and dead jobs are told with what to do, and when they are over")
  func others() async throws {
    let workshop = try await workshop([.readingHeld, .crmDown, .deadLetter])
    let mailbox = Mailbox()
    for total in [100, 20, 97] { try await cycle(workshop, reading: total, to: mailbox) }
    #expect(mailbox.titles(.mail).count == 2)
    #expect(mailbox.titles(.mail).first?.hasPrefix("A reading of the stock is held, nothing is uploaded: ") == true)
    #expect(mailbox.titles(.mail).last == "Over: Readings of the stock are plausible")
    // An upload that dies.
    let now = workshop.now
    let job = try await workshop.store.write { transaction in
      let id = try JobTable.enqueue(
        NewJob(kind: "upload", queue: "upload", payload: "{}", maxFailures: 1), now: now, in: transaction)
      let leased = try JobTable.lease(
        JobTable.LeaseRequest(
          worker: "w", kinds: [ServedKind("upload")], queues: ["upload"], count: 1, duration: .seconds(60)), now: now,
        in: transaction)
      try JobTable.settle(
        try #require(leased.first).lease, .discard(because: "no such thing"), backoff: .zero, now: now, in: transaction)
      return id
    }
    let id = try #require(job)
    try await cycle(workshop, reading: 97, to: mailbox)
    #expect(
      mailbox.titles(.mail).last == "The upload job \(id) is dead: no such thing. More: lead-queue why \(id)")
    workshop.now = workshop.now + .seconds(86_400)
    try await cycle(workshop, reading: 97, to: mailbox)
    #expect(mailbox.titles(.mail).last == "Over: No dead upload job of the last day is left")
  }

  @Test("Ended alerts and their messages are let go, those that last stay")
  func pruning() async throws {
    let workshop = try await workshop([.stockLow])
    let mailbox = Mailbox()
    for total in [80, 95, 95, 80] { try await cycle(workshop, reading: total, to: mailbox) }
    #expect(try await workshop.alertRows().count == 4)
    let later = workshop.now + .seconds(86_400)
    let rows = try await workshop.store.write { transaction in
      let first = try AlertTable.prune(endedBefore: later, limit: 1, in: transaction)
      #expect(first == 1)
      return try AlertTable.prune(endedBefore: later, limit: 100, in: transaction)
        + AlertTable.prune(endedBefore: later, limit: 100, in: transaction)
    }
    #expect(rows >= 1)
    let left = try await workshop.alertRows()
    #expect(left.count == 2 && left.allSatisfy { $0.recoveredAt == nil })
    let bulletins = try await workshop.store.read { try $0.query("SELECT title FROM bulletin") { $0.text(0) } }
    #expect(bulletins == ["A leads are low: 80 in stock, the minimum is 90, and 1 more"])
  }
}
