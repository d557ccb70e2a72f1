import ArgumentParser
import Database
import JobQueue
import LeadStore
import Leads
import Operations
import Timekeeping

struct InspectCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "inspect",
    abstract: "Shows what happened: cycles, what they read and planned and why, batches, attempts, every lead.",
    discussion: """
      For example the last five cycles: lead-queue inspect
      one cycle with each of its leads: lead-queue inspect --cycle 7 --leads
      the whole history of one lead: lead-queue inspect --lead npi:1234567893
      a day: lead-queue inspect --since 2026-11-22T00:00:00-05:00 --until 2026-11-23T00:00:00-05:00 --limit 100

      A request shows as `intended` before it leaves; then as its results, or as `not sent`, `not processed` or \
      `unknown`. After `unknown` the CRM is asked: what it holds is `created` or `duplicate`, the rest `absent`.
      """)

  @OptionGroup var common: ProgramOptions
  @Option(name: .long, help: ArgumentHelp("Only this cycle.", valueName: "id")) var cycle: Int64?
  @Option(name: .long, help: ArgumentHelp("Only this job.", valueName: "id")) var job: Int64?
  @Option(name: .long, help: ArgumentHelp("One lead: its key, or its npi.", valueName: "key")) var lead: String?
  @Flag(name: .long, help: "Show each lead of a batch: key, class, score, outcome, CRM id, reason.") var leads = false
  @Option(name: .long, help: ArgumentHelp("Cycles that began then or later (ISO 8601).", valueName: "time"))
  var since: String?
  @Option(name: .long, help: ArgumentHelp("Cycles that began before (ISO 8601).", valueName: "time"))
  var until: String?
  @Option(name: .long, help: ArgumentHelp("At most so many cycles, the latest.", valueName: "n")) var limit = 5
  @OptionGroup var format: FormatOption

  func validate() throws {
    guard limit > 0 else { throw ValidationError("--limit must be at least 1.") }
    guard [cycle != nil, job != nil, lead != nil].count(where: { $0 }) <= 1 else {
      throw ValidationError("Give one of --cycle, --job and --lead.")
    }
    for (name, text) in [("--since", since), ("--until", until)] {
      guard let text, ShownTime(zoneName: "UTC").moment(of: text) == nil else { continue }
      throw ValidationError(
        "\(name) takes a moment such as 2026-11-22T10:00:00-05:00; without a zone the configured one counts.")
    }
  }

  func run() async throws {
    try await runningCommand {
      let desk = try await Desk.open(common)
      if let lead {
        try await showLead(lead, desk)
      } else if let job {
        try await showJob(job, desk)
      } else {
        try await showCycles(desk)
      }
      return .done
    }
  }

  private func showCycles(_ desk: Desk) async throws {
    let time = desk.screen.time
    let (since, until) = (since.flatMap(time.moment), until.flatMap(time.moment))
    let rows = try await desk.store.read { [cycle, limit] in
      try CycleTable.list(id: cycle, since: since, until: until, limit: limit, in: $0)
    }
    if let cycle, rows.isEmpty { throw ToolError.noCycle(cycle) }
    // One short reading a cycle; oldest first, as it happened.
    var cycles: [InspectedCycle] = []
    for row in rows.reversed() {
      cycles.append(
        try await desk.store.read { [leads] in try InspectedCycle(row, withLeads: leads, in: $0) })
    }
    switch format.format {
    case .json: desk.screen.show(.object([("cycles", .list(cycles.map { $0.document(time) }))]))
    case .table where cycles.isEmpty:
      desk.screen.show(
        since == nil && until == nil ? "No cycles yet. lead-scheduler runs them." : "No cycle began in that time.")
    case .table: show(cycles.map { $0.tree(time) }, on: desk.screen)
    }
  }

  private func showJob(_ id: Int64, _ desk: Desk) async throws {
    let time = desk.screen.time
    let (job, cycle) = try await desk.store.read { [leads] transaction in
      guard let record = try JobTable.find(id, in: transaction) else { throw ToolError.noJob(id) }
      let job = try InspectedJob(record, ledger: [], in: transaction)
      guard let batch = try BatchTable.find(ofJob: id, in: transaction),
        let cycle = try PlanTable.cycle(ofPlan: batch.planID, in: transaction),
        let row = try CycleTable.list(id: cycle, limit: 1, in: transaction).first
      else { return (job, InspectedCycle?.none) }
      return (job, try InspectedCycle(row, onlyJob: id, withLeads: leads, in: transaction))
    }
    switch format.format {
    case .json:
      desk.screen.show(.object([("job", job.document(time)), ("cycle", cycle.map { $0.document(time) } ?? .null)]))
    case .table: show([cycle.map { $0.tree(time) } ?? job.tree(time)], on: desk.screen)
    }
  }

  private func showLead(_ text: String, _ desk: Desk) async throws {
    let time = desk.screen.time
    let key = NPI(text).map(LeadKey.init(npi:)) ?? LeadKey(rawValue: text)
    let lead = try await desk.store.read { transaction in
      guard let lead = try CatalogTable.find(key: key, in: transaction) else {
        throw ToolError.noLead(text.escapingUnprintable())
      }
      return try InspectedLead(lead, in: transaction)
    }
    switch format.format {
    case .json: desk.screen.show(.object([("lead", lead.document(time))]))
    case .table: show([lead.tree(time)], on: desk.screen)
    }
  }

  private func show(_ trees: [Tree], on screen: Screen) {
    for (index, tree) in trees.enumerated() {
      if index > 0 { screen.show("") }
      screen.show(tree.lines(on: screen))
    }
    screen.show("Times: \(screen.time.zoneName)")
  }
}
