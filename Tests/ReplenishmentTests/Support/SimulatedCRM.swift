import Foundation
import Leads
import Synchronization
import Timekeeping

/// A CRM in memory, true to its contract: an npi is unique, a row without one is created as often as it is sent, a request
/// is committed as a whole or not at all.
final class SimulatedCRM: CRM {
  struct Row: Sendable, Equatable {
    var id: Int64
    var npi: String?
    var name: String
    var marker: String?
  }

  /// What the tests put in a lead's practice name to have the CRM choke on it.
  static let poison = "poison"
  static let invalid = "invalid"

  private struct Delayed {
    var dueAt: Timestamp
    var rows: [Row]
  }

  private struct State {
    var rows: [Row] = []
    var delayed: [Delayed] = []
    var now = Timestamp(milliseconds: 0)
    var posts = 0
    var readBacks = 0
    var stocks: [Result<Stock, CRMError>] = []
    var mishap: @Sendable (Int) -> Mishap = { _ in .none }
    var doesReadBackFail: @Sendable (Int) -> Bool = { _ in false }
    var lateness = Duration.zero
  }

  let identity = "http://crm.test"
  private let state = Mutex(State())

  var rows: [Row] { state.withLock { $0.rows } }
  /// Bulk requests that left.
  var posts: Int { state.withLock { $0.posts } }

  /// `mishap` and `doesReadBackFail` decide by the number of the call, from 1. A late commit comes `lateness` after its
  /// request.
  func arrange(
    lateness: Duration = .zero, mishap: @escaping @Sendable (Int) -> Mishap = { _ in .none },
    doesReadBackFail: @escaping @Sendable (Int) -> Bool = { _ in false }
  ) {
    state.withLock { state in
      state.mishap = mishap
      state.doesReadBackFail = doesReadBackFail
      state.lateness = lateness
    }
  }

  /// A row that somebody else made.
  func add(npi: String?, name: String) {
    state.withLock { state in
      state.rows.append(Row(id: Int64(state.rows.count + 1), npi: npi, name: name, marker: nil))
    }
  }

  /// The readings to give, in turn; the last one again and again.
  func show(_ stocks: [Result<Stock, CRMError>]) {
    state.withLock { $0.stocks = stocks }
  }

  /// Time goes on: what is late arrives.
  func pass(to now: Timestamp) {
    state.withLock { state in
      state.now = now
      for late in state.delayed where late.dueAt <= now { _ = Self.commit(late.rows, &state) }
      state.delayed.removeAll { $0.dueAt <= now }
    }
  }

  /// Everything late arrives now.
  func settle() {
    pass(to: Timestamp(milliseconds: .max / 2))
  }

  func authenticate() async throws(CRMError) {}

  func readStock(window: Duration, now: Timestamp) async throws(CRMError) -> Stock {
    let next = state.withLock { $0.stocks.count > 1 ? $0.stocks.removeFirst() : $0.stocks.first }
    guard let next else { throw .unreachable("no reading was arranged") }
    var stock = try next.get()
    stock.takenAt = now
    return stock
  }

  func upload(
    _ request: UploadRequest, mayLeave: @escaping @Sendable () -> Bool, beforeSending: @Sendable () async throws -> Void
  ) async throws -> UploadAnswer {
    let (number, decide, lateness) = state.withLock { ($0.posts + 1, $0.mishap, $0.lateness) }
    let mishap = decide(number)
    state.withLock { $0.posts = number }
    switch mishap {
    case .deathBefore: throw SimulatedDeath()
    case .loginFails: return .notSent(reason: "login: CRM not reachable")
    default: try await beforeSending()
    }
    let rows = try Self.rows(request.body)
    switch mishap {
    case .requestLost: return .unknown(reason: "timed out")
    case .rateLimited: return .rateLimited(retryAfter: .seconds(7))
    case .notSent: return .notSent(reason: "connection refused")
    case .deathOnTheWay: throw SimulatedDeath()
    case .lateCommit, .deathAndLateCommit:
      state.withLock { $0.delayed.append(Delayed(dueAt: $0.now + lateness, rows: rows)) }
      if mishap == .deathAndLateCommit { throw SimulatedDeath() }
      return .unknown(reason: "timed out")
    case .tokenRenewed: try await beforeSending()
    case .none, .answerLost, .deathAfter, .deathBefore, .loginFails: break
    }
    let answer = state.withLock { Self.answer(rows, &$0) }
    switch mishap {
    case .deathAfter: throw SimulatedDeath()
    case .answerLost: return .unknown(reason: "cut off")
    default: return answer
    }
  }

  func readBack(_ rows: [ReadBackRow], after: Int64) async throws(CRMError) -> [ReadBackFinding] {
    let isFailing = state.withLock { state in
      state.readBacks += 1
      return state.doesReadBackFail(state.readBacks)
    }
    if isFailing { throw .unreachable("timed out") }
    return state.withLock { state in
      rows.map { row in
        let ours = state.rows.filter { $0.marker == row.marker }.map(\.id)
        let others = state.rows.filter { $0.npi != nil && $0.npi == row.npi && $0.marker != row.marker }.map(\.id)
        return ReadBackFinding(ours: ours, others: others)
      }
    }
  }

  private static func answer(_ rows: [Row], _ state: inout State) -> UploadAnswer {
    let invalid = rows.indices.filter { rows[$0].name.contains(Self.invalid) }
    if !invalid.isEmpty {
      return .invalidRows(Dictionary(uniqueKeysWithValues: invalid.map { ($0, "a field is invalid") }))
    }
    if rows.contains(where: { $0.name.contains(poison) }) { return .rolledBack }
    return .processed(commit(rows, &state))
  }

  private static func commit(_ rows: [Row], _ state: inout State) -> [RowOutcome] {
    guard !rows.contains(where: { $0.name.contains(poison) || $0.name.contains(invalid) }) else { return [] }
    return rows.map { row in
      if let npi = row.npi, let existing = state.rows.first(where: { $0.npi == npi }) {
        return .duplicate(existingID: existing.id)
      }
      var row = row
      row.id = Int64(state.rows.count + 1)
      state.rows.append(row)
      return .created
    }
  }

  private struct Sent: Decodable {
    struct Breakdown: Decodable { var lead_queue: String }
    var practice_name: String
    var npi: String?
    var scoring_breakdown: Breakdown
  }

  private static func rows(_ body: [UInt8]) throws -> [Row] {
    try JSONDecoder().decode([Sent].self, from: Data(body)).map {
      Row(id: 0, npi: $0.npi, name: $0.practice_name, marker: $0.scoring_breakdown.lead_queue)
    }
  }
}
