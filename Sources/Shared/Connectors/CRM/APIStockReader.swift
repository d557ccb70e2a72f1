import Leads
import Synchronization
import Timekeeping

/// Reads the stock through the CRM's HTTP API, where no database access is given.
///
/// The list of leads has no total and may repeat or miss rows between pages, so it is read as one large page, while it
/// arrives, and counted by id.
struct APIStockReader: Sendable {
  /// A CRM with more leads must be read by SQL.
  static let rowsMax = 2_000_000

  let session: CRMSession
  /// What the reading could not take into account, once a reading is over.
  private let missing = SharedNotes()

  init(session: CRMSession) {
    self.session = session
  }

  /// What the last reading could not take into account.
  var notes: [String] { missing.current }

  /// Throws every `CRMError` of the API; `unexpectedAnswer` too when the list is plainly not the whole stock.
  func read(window: Duration, now: Timestamp) async throws -> Stock {
    let health = try await session.health()
    guard health.isHealthy else { throw CRMError.unreachable("it reports itself unhealthy") }
    guard let agents = health.activeAgents else {
      throw CRMError.unexpectedAnswer("\(session.settings.healthPath) names no active_agents")
    }
    let list = try await list(atLeast: health.totalLeads ?? 10_000, windowStart: now - window)
    try requireWhole(list, expected: health.totalLeads)
    missing.replace(list.notes)
    return list.count.stock(activeAgents: agents, takenAt: now, showsRegions: list.showsStates)
  }

  private struct List: Sendable {
    var rows = 0
    var ids: Set<Int64> = []
    var count = StockCount()
    var showsRecyclings = true
    var showsStates = true

    var notes: [String] {
      // It lists no users, so it cannot tell whose agent a lead went to.
      var notes = ["the API shows no users: nothing is known of teams; set LEAD_CRM_DATABASE_URL"]
      if !showsRecyclings { notes.append("the API shows no times_recycled: exhausted leads count as available") }
      if !showsStates { notes.append("the API shows no state: nothing is known of regions") }
      return notes
    }
  }

  /// The whole list: a page that came back full is asked for again, larger.
  private func list(atLeast expected: Int, windowStart: Timestamp) async throws -> List {
    let expected = min(max(expected, 0), Self.rowsMax)
    var limit = expected + expected / 10 + 1000
    while limit <= Self.rowsMax {
      let list = try await session.leads(limit: limit) {
        List()
      } take: { list, row in
        list.rows += 1
        guard list.ids.insert(row.id).inserted else { return }
        if row.timesRecycled == nil { list.showsRecyclings = false }
        if !row.showsState { list.showsStates = false }
        list.count.add(row, windowStart: windowStart)
      }
      if list.rows < limit { return list }
      limit *= 2
    }
    throw CRMError.unexpectedAnswer("it holds more than \(Self.rowsMax) leads: set LEAD_CRM_DATABASE_URL")
  }

  /// A user who sees only a part of the leads would make the stock look low and upload for ever. Leads may come and go
  /// between the two questions: a fiftieth, or 10, are allowed to be missing.
  private func requireWhole(_ list: List, expected: Int?) throws {
    guard let expected, list.ids.count + max(10, expected / 50) < expected else { return }
    throw CRMError.unexpectedAnswer(
      "the list shows \(list.ids.count) of \(expected) leads; the user's role may see only a part")
  }
}

/// Notes of the last reading, shared by everybody who asks.
final class SharedNotes: Sendable {
  private let notes = Mutex<[String]>([])

  var current: [String] { notes.withLock { $0 } }

  func replace(_ new: [String]) {
    notes.withLock { $0 = new }
  }
}
