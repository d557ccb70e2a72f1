import Leads
import Synchronization
import Timekeeping

/// A CRM whose rows the test decides on; it can only be asked what it holds.
final class MemoryCRM: CRM {
  struct Row: Sendable {
    var id: Int64
    var npi: String?
    var marker: String?
  }

  private struct State {
    var rows: [Row] = []
    var isReachable = true
    var whenAsked: (@Sendable () async throws -> Void)?
  }

  private let state = Mutex(State())
  let identity = "http://127.0.0.1:8006"

  func add(_ id: Int64, npi: String? = nil, marker: String? = nil) {
    state.withLock { $0.rows.append(Row(id: id, npi: npi, marker: marker)) }
  }

  func remove(_ id: Int64) { state.withLock { $0.rows.removeAll { $0.id == id } } }

  func fallSilent() { state.withLock { $0.isReachable = false } }

  /// Runs once, when the CRM is asked next and before it answers.
  func whenAsked(_ body: @escaping @Sendable () async throws -> Void) { state.withLock { $0.whenAsked = body } }

  func authenticate() async throws(CRMError) {}

  func readStock(window: Duration, now: Timestamp) async throws(CRMError) -> Stock {
    throw .unreachable("this CRM has no stock")
  }

  func upload(
    _ request: UploadRequest, beforeSending: @Sendable () async throws -> Void
  ) async throws -> UploadAnswer {
    .notSent(reason: "this CRM takes nothing")
  }

  func readBack(_ rows: [ReadBackRow], after: Int64) async throws(CRMError) -> [ReadBackFinding] {
    let (held, isReachable, hook) = state.withLock { state in
      defer { state.whenAsked = nil }
      return (state.rows, state.isReachable, state.whenAsked)
    }
    guard isReachable else { throw .unreachable("silent") }
    do {
      try await hook?()
    } catch {
      throw .unexpectedAnswer("the test's own step failed")
    }
    return rows.map { row in
      let ours = held.filter { $0.marker == row.marker }.map(\.id)
      let others = held.filter { $0.npi != nil && $0.npi == row.npi && $0.marker != row.marker }.map(\.id)
      return ReadBackFinding(ours: ours, others: others)
    }
  }
}
