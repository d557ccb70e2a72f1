import Database
import JobQueue
import LeadStore
import Leads
import Operations
import Replenishment
import Timekeeping

/// What `doctor` makes of the store: pure, but for `look`.
struct StoreExamination: Sendable {
  /// What was seen of the store.
  enum Sight: Sendable {
    case none
    /// Its schema lacks steps that this program knows; nothing else is read.
    case old(missing: Int)
    case newer(found: Int, known: Int)
    case whole(StoreFacts)
  }

  struct Seen: Sendable {
    var sight: Sight
    /// How far the server's clock is ahead of this machine's; nil for a file.
    var clockLead: Duration?
  }

  let settings: Settings
  let clock: WallClock
  /// The programs are about to be started: none runs yet.
  let isBeforeStart: Bool

  private var location: String { "\(settings.configuration.store.location)" }

  /// Names that need the store.
  static let names: [HealthCheck.Name] = [
    .store, .storeSchema, .clock, .workers, .cycles, .readings, .jobs, .dailyLimit, .cooldown,
  ]

  // MARK: Looking

  /// Blocks. Throws what opening throws. `audit` is called with the open look where the schema is known.
  func look(paths: [String]) throws -> Seen {
    let address = settings.configuration.store.address
    guard let look = try StoreLook.open(address, name: "lead-queue doctor") else { return Seen(sight: .none) }
    var moment = clock.moment()
    var lead: Duration?
    let before = clock.now()
    if let time = try look.serverTime() {
      let local = before + (clock.now() - before) / 2
      lead = time - local
      // As every program does that uses a store on a server.
      if !clock.isShifted { moment = Moment(wall: time, bootID: nil, sinceBoot: nil) }
    }
    return Seen(sight: try look.read { try sight(paths: paths, moment: moment, in: $0) }, clockLead: lead)
  }

  private func sight(paths: [String], moment: Moment, in transaction: Transaction) throws -> Sight {
    let known = Set(LeadStore.steps(on: transaction.dialect).map(\.version))
    let found = Set(try MigrationTable.list(in: transaction).map(\.version))
    if let stranger = found.subtracting(known).max() { return .newer(found: stranger, known: known.max() ?? 0) }
    guard found.isSuperset(of: known) else { return .old(missing: known.subtracting(found).count) }
    return .whole(
      try StoreFacts(calendar: settings.configuration.calendar, moment: moment, paths: paths, in: transaction))
  }

  // MARK: Judging

  /// What could not be opened, or hung (nil).
  func checks(failure: (any Error)?) -> [HealthCheck] {
    let finding = failure.map { ErrorText.describe($0) } ?? "the store \(location) does not answer in time"
    let remedy =
      switch failure as? DatabaseError {
      case .moved(_, let address): "set LEAD_STORE to \(address)"
      case .beingMoved(_, let address): "lead-queue promote \(address)"
      case .authenticationFailed: "correct user and password in LEAD_STORE, or in the file that LEAD_STORE_FILE names"
      case .unreachable, .connectionLost, .timedOut, nil:
        "start the database server, or correct LEAD_STORE (store.url)"
      case .busy: "continue or end the program that holds it: lead-queue workers, fg, kill -CONT"
      case .corrupt, .notADatabase: "stop all programs, and: lead-queue restore BACKUP --reason …"
      case .readOnly, .cannotOpen: "run this as the user of the programs; its files are that user's"
      case .networkFileSystem: "move the store to a local disk, and name it with LEAD_STORE"
      case .diskFull: "make room on its disk"
      default: "see docs/TROUBLESHOOTING.md"
      }
    return [.failed(.store, finding, remedy: remedy)]
      + Self.names.filter { $0 != .store }.notChecked(because: "the store cannot be read")
  }

  func checks(_ seen: Seen) -> [HealthCheck] {
    switch seen.sight {
    case .none:
      return [.ok(.store, "there is none at \(location) yet; the first start makes it")]
        + Self.names.filter { $0 != .store && $0 != .clock }.notChecked(because: "there is no store yet")
        + [clockCheck(seen.clockLead, latest: nil)]
    case .old(let missing):
      return [
        .ok(.store, "\(location) answers"),
        .warning(
          .storeSchema, "its schema is \(missing) \(missing == 1 ? "step" : "steps") behind this program",
          remedy: "lead-queue migrate, or start the programs: the first one brings it up to date"),
      ]
        + Self.names.filter { ![.store, .storeSchema, .clock].contains($0) }.notChecked(
          because: "its schema is too old")
        + [clockCheck(seen.clockLead, latest: nil)]
    case .newer(let found, let known):
      return [
        .ok(.store, "\(location) answers"),
        .failed(
          .storeSchema, "its schema version is \(found); this program knows up to \(known)",
          remedy: "install the newer programs, which have used this store"),
      ]
        + Self.names.filter { ![.store, .storeSchema, .clock].contains($0) }.notChecked(
          because: "its schema is unknown")
        + [clockCheck(seen.clockLead, latest: nil)]
    case .whole(let facts):
      let now = clock.isShifted ? clock.now() : clock.now() + (seen.clockLead ?? .zero)
      return [
        store(facts), .ok(.storeSchema, "up to date"), clockCheck(seen.clockLead, latest: facts.latest),
        workers(facts, now: now), cycles(facts, now: now), readings(facts), jobs(facts), dailyLimit(facts),
        cooldown(facts),
      ]
    }
  }

  private func store(_ facts: StoreFacts) -> HealthCheck {
    guard facts.restoredAt == nil else {
      return .failed(
        .store, "\(location) was put back from a backup, and has not asked the CRM yet what was uploaded since",
        remedy: "lead-queue restore --finish --reason …")
    }
    return .ok(.store, "\(location) answers")
  }

  /// Leases, limits and days go by the database's clock; a file's programs go by this machine's.
  static let clockToleranceMax = Duration.seconds(2)

  private func clockCheck(_ lead: Duration?, latest: Timestamp?) -> HealthCheck {
    let byCalendar =
      clock.isShifted && settings.environment.now != nil
      ? "unset LEAD_NOW"
      : "set this machine's clock, and keep it: timedatectl set-ntp true (on the server's machine too)"
    if let lead {
      let distance = lead < .zero ? .zero - lead : lead
      let words = "\(ShownTime.span(distance)) \(lead < .zero ? "ahead of" : "behind") the database's"
      guard distance > Self.clockToleranceMax else { return .ok(.clock, "agrees with the database's") }
      let finding = "this machine's clock is \(words)"
      return distance > .seconds(60)
        ? .failed(.clock, finding, remedy: byCalendar) : .warning(.clock, finding, remedy: byCalendar)
    }
    if let latest, latest - clock.now() > .seconds(60) {
      return .failed(
        .clock,
        "the store holds something that is \(ShownTime.span(latest - clock.now())) in the future: the clock was set back",
        remedy: byCalendar)
    }
    if clock.isShifted, settings.environment.now != nil {
      return .warning(.clock, "it was started at LEAD_NOW and does not show the real time", remedy: "unset LEAD_NOW")
    }
    return .ok(.clock, "nothing contradicts it")
  }

  private func workers(_ facts: StoreFacts, now: Timestamp) -> HealthCheck {
    let alive = facts.workers.filter { $0.isAlive(at: now) && ProcessIdentity($0.id)?.isKnownDead != true }
    let unserved = JobKind.workerKinds.filter { kind in
      !alive.contains { $0.kinds.contains { $0.prefix { $0 != "@" } == kind.rawValue } }
    }
    let start = "start one: lead-worker, or systemctl start lead-worker@1, or lead-scheduler --embedded-workers 2"
    if unserved.isEmpty {
      return .ok(.workers, alive.count == 1 ? "1 is alive" : "\(alive.count) are alive")
    }
    if isBeforeStart { return .notChecked(.workers, because: "they are about to be started") }
    let waiting = facts.count(.available)
    let finding =
      alive.isEmpty
      ? "no worker is alive" : "no worker that is alive serves \(unserved.map(\.rawValue).joined(separator: ", "))"
    return waiting > 0
      ? .failed(.workers, "\(finding), and \(waiting == 1 ? "a job waits" : "\(waiting) jobs wait")", remedy: start)
      : .warning(.workers, finding, remedy: start)
  }

  private func cycles(_ facts: StoreFacts, now: Timestamp) -> HealthCheck {
    guard let cycle = facts.lastCycle else { return .ok(.cycles, "none has run yet") }
    let age = now - cycle.startedAt
    let finding = "cycle \(cycle.id), \(ShownTime.span(age)) ago, \(cycle.state.rawValue)"
    if cycle.state == .failed {
      return .warning(
        .cycles, finding + (cycle.message.map { ": \($0)" } ?? ""),
        remedy: "lead-queue inspect --cycle \(cycle.id) tells why; the next cycle tries again")
    }
    let interval = settings.configuration.monitoring.checkInterval
    if age > interval * 3 + .seconds(60), !isBeforeStart {
      return .warning(
        .cycles, finding + ", though they are due every \(ShownTime.span(interval))",
        remedy: "see that the scheduler runs: systemctl status lead-scheduler, or lead-scheduler --mode continuous")
    }
    return .ok(.cycles, finding)
  }

  private func readings(_ facts: StoreFacts) -> HealthCheck {
    if facts.heldReadings > 0 {
      return .warning(
        .readings, "the CRM's numbers were not believed, and uploads are held (\(facts.heldReadings) in a row)",
        remedy: "look at the CRM; if they are true: lead-queue accept-stock --reason …")
    }
    if let reason = facts.failedReading {
      return .failed(
        .readings, "the last reading of the CRM's stock failed: \(reason)",
        remedy: "mend what the checks crm_… say; the next cycle reads again")
    }
    guard let reading = facts.lastReading, let stock = reading.stock else {
      return .ok(.readings, "the CRM's stock was not read yet")
    }
    return .ok(.readings, "last stock: \(stock.total) total, \(stock.available) available")
  }

  private func jobs(_ facts: StoreFacts) -> HealthCheck {
    let dead = facts.count(.dead)
    let letters = dead == 0 ? nil : dead == 1 ? "1 dead letter" : "\(dead) dead letters"
    let paused = facts.pauses.map { "the \($0.scope.rawValue) \($0.name) is paused" }
    guard letters != nil || !paused.isEmpty else { return .ok(.jobs, "no dead letters, nothing paused") }
    let resume = facts.pauses.map { pause in
      "lead-queue resume \(pause.scope == .queue ? "--queue" : "--kind") \(ShellWord.quoted(pause.name)) --reason …"
    }
    let retry = "lead-queue jobs --state dead tells why; then lead-queue retry --state dead --reason …, or cancel"
    return .warning(
      .jobs, (paused + [letters].compactMap(\.self)).joined(separator: ", "),
      remedy: (resume + (letters == nil ? [] : [retry])).joined(separator: "; "))
  }

  private func dailyLimit(_ facts: StoreFacts) -> HealthCheck {
    let limit = settings.configuration.uploadControls.maxDailyUploads
    let used = "\(facts.today.used) of \(limit) today (\(facts.today.day))"
    guard facts.today.used >= limit else { return .ok(.dailyLimit, used) }
    return .warning(
      .dailyLimit, "Daily upload limit reached: \(used)",
      remedy:
        "it ends at midnight in \(settings.configuration.businessRules.timezone), or raise upload_controls.max_daily_uploads"
    )
  }

  private func cooldown(_ facts: StoreFacts) -> HealthCheck {
    let whole = settings.configuration.uploadControls.minTimeBetweenUploads
    guard let since = facts.sinceLastUpload, since < whole else { return .ok(.cooldown, "none in force") }
    return .warning(
      .cooldown, "Upload blocked: \(ShownTime.span(whole - since)) left of the cooldown",
      remedy: "it ends by itself; at once: lead-queue cooldown clear --reason …; for good: "
        + "upload_controls.min_time_between_uploads_hours")
  }
}
