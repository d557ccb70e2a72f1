import Database
import Foundation
import JobQueue
import LeadStore
import Telemetry
import Timekeeping

/// Makes the answer to every path that shows something. Each page rests on one reading transaction.
struct Pages: Sendable {
  /// For those who may only read.
  static let howToChange =
    "To retry dead letters or to pause queues here, start lead-queue serve with LEAD_DASHBOARD_TOKEN set, and sign in."

  private static let sections = [
    ("/", "Overview"), ("/cycles", "Cycles"), ("/queue", "Queue"), ("/audit", "Audit"), ("/sources", "Sources"),
  ]

  let settings: DashboardSettings
  let office: DashboardOffice
  let census: Census
  let feed: LiveFeed
  let renderer: PageRenderer
  private let histories = StockHistories()

  init(settings: DashboardSettings, office: DashboardOffice, census: Census, feed: LiveFeed, renderer: PageRenderer) {
    self.settings = settings
    self.office = office
    self.census = census
    self.feed = feed
    self.renderer = renderer
  }

  /// Whether a path is one that people open.
  func isPage(_ path: String) -> Bool {
    Self.sections.contains { $0.0 == path } || path.hasPrefix("/cycles/") || path.hasPrefix("/jobs/")
  }

  func page(_ path: String, _ query: FormFields, for visitor: Visitor) async throws -> Reply {
    let rules = office.rules()
    let sight = sight(visitor)
    let time = sight.time
    switch path {
    case "/": return try await overview(query, rules, sight)
    case "/cycles":
      let before = query["before"].flatMap { Int64($0) }
      let view = try await office.store.read { try CyclesPage(before: before, time: time, in: $0) }
      return page("cycles", view, "Cycles", path, sight)
    case "/queue":
      let (state, finished) = (query["state"].flatMap(JobState.init(rawValue:)), census.latest)
      let view = try await office.store.read {
        try QueuePage(state: state, finished: finished, time: time, in: $0)
      }
      return page("queue", view, "Queue", path, sight)
    case "/audit":
      var view = try await office.store.read { try AuditPage(query, time: time, in: $0) }
      if view.olderPath == nil { view.olderText = "" }
      return page("audit", view, "Audit trail", path, sight)
    case "/sources":
      let forecast = census.latest.forecast
      let view = try await office.store.read {
        try SourcesPage(rules: rules, forecast: forecast, time: time, in: $0)
      }
      return page("sources", view, "Sources", path, sight)
    default: return try await detail(path, sight)
    }
  }

  private func overview(
    _ query: FormFields, _ rules: DashboardOffice.Rules, _ sight: Sight
  ) async throws -> Reply {
    let range = query["range"].flatMap(ChartRange.init(rawValue:)) ?? .week
    let (moment, time) = (office.clock.moment(), sight.time)
    let (reading, history) = try await office.store.read { [histories] transaction in
      let reading = try OverviewReading(rules: rules, moment: moment, in: transaction)
      return (reading, try histories.history(range, upTo: reading.reading, now: time.now, in: transaction))
    }
    let view = OverviewPage(
      reading, history: history, forecast: census.latest.forecast, range: range, rules: rules, time: time)
    return page("overview", view, "Overview", "/", sight)
  }

  /// One cycle, one job.
  private func detail(_ path: String, _ sight: Sight) async throws -> Reply {
    let time = sight.time
    let parts = path.split(separator: "/", omittingEmptySubsequences: false)
    guard parts.count == 3, parts[0].isEmpty, let id = Self.number(parts[2]) else { return missing(sight) }
    switch parts[1] {
    case "cycles":
      let view = try await office.store.read { try CyclePage(id: id, time: time, in: $0) }
      return view.map { page("cycle", $0, "Cycle \(id)", "/cycles", sight) } ?? missing(sight)
    case "jobs":
      let view = try await office.store.read { [office] in
        try JobPage(id: id, explain: office.explain, time: time, in: $0)
      }
      return view.map { page("job", $0, "Job \(id)", "/queue", sight) } ?? missing(sight)
    default: return missing(sight)
    }
  }

  /// A plain number above 0, as it stands in a path.
  static func number(_ text: Substring) -> Int64? {
    guard !text.isEmpty, text.utf8.allSatisfy({ 48...57 ~= $0 }), let number = Int64(text), number > 0 else {
      return nil
    }
    return number
  }

  func metrics(streams: Int) async throws -> Reply {
    let (rules, moment, found) = (office.rules(), office.clock.moment(), census.latest)
    var metrics = try await office.store.read { [office] transaction in
      MetricsPage(
        try OverviewReading(rules: rules, moment: moment, in: transaction),
        outcomes: try CycleTable.outcomes(ofLast: MetricsPage.cyclesMax, in: transaction),
        oldest: try JobTable.oldestAvailable(in: transaction), found: found, streams: streams,
        version: office.version, rules: rules, now: moment.wall
      ).metrics
    }
    office.measured?.tell([("process", "dashboard")], to: &metrics)
    return Reply(status: 200, contentType: MetricsText.contentType, body: .bytes(Array(metrics.text.utf8)))
  }

  // MARK: Pages without content of the store

  private struct SignIn: Sendable {
    var problem: String?
  }

  private struct Notice: Sendable {
    var title: String
    var text: String
    var back: String
  }

  func signIn(problem: String? = nil, status: Int = 200) -> Reply {
    var frame = frame("Sign in", "/sign-in", sight(.stranger))
    frame.links = []
    frame.isLive = false
    return .page(renderer.html("signin", SignIn(problem: problem), in: frame), status: status, hasForms: true)
  }

  func notice(_ status: Int, _ title: String, _ text: String, back: String = "/", for visitor: Visitor) -> Reply {
    var frame = frame(title, "", sight(visitor))
    frame.isLive = false
    if visitor == .stranger { frame.links = [] }
    return .page(
      renderer.html("notice", Notice(title: title, text: text, back: back), in: frame), status: status,
      hasForms: frame.mayChange)
  }

  private func missing(_ sight: Sight) -> Reply {
    notice(
      404, "There is no such page", "It may have been let go: finished jobs are kept for a while only.",
      for: sight.visitor)
  }

  private func page(
    _ template: String, _ view: some Any, _ title: String, _ section: String, _ sight: Sight
  ) -> Reply {
    let frame = frame(title, section, sight)
    return .page(renderer.html(template, view, in: frame), hasForms: frame.mayChange)
  }

  /// Who looks, when, and at which state.
  private struct Sight: Sendable {
    var visitor: Visitor
    var time: PageTime
    /// Taken before the store is read: what changes meanwhile is loaded again.
    var mark: Int
  }

  private func sight(_ visitor: Visitor) -> Sight {
    Sight(visitor: visitor, time: PageTime(office.rules().calendar, now: office.clock.now()), mark: feed.mark)
  }

  private func frame(_ title: String, _ section: String, _ sight: Sight) -> PageFrame {
    var frame = PageFrame(
      title: title,
      links: Self.sections.map { PageFrame.Link(path: $0.0, label: $0.1, isCurrent: $0.0 == section) },
      version: office.version, zone: sight.time.clock.zone.identifier, madeAt: sight.time.stamp(sight.time.now))
    frame.mark = sight.mark
    switch sight.visitor {
    case .person(let session):
      frame.person = session.name
      frame.formToken = session.formToken
      frame.mayChange = true
    case .reader: frame.readingOnly = Self.howToChange
    case .stranger, .program: break
    }
    return frame
  }
}
