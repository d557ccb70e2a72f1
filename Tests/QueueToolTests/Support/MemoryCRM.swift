import Connectors
import Leads
import Synchronization

@testable import lead_queue

/// A CRM whose rows the test decides on; it can only be looked at.
final class MemoryCRM: Sendable {
  private struct State {
    var rows: [CRMSighting] = []
    var isReachable = true
    var whenAsked: (@Sendable () async throws -> Void)?
    var looks = 0
  }

  private let state = Mutex(State())
  private let showsMarkers: Bool

  init(showsMarkers: Bool = true) {
    self.showsMarkers = showsMarkers
  }

  /// How often it was looked at.
  var looks: Int { state.withLock { $0.looks } }

  func add(_ id: Int64, npi: String? = nil, marker: String? = nil) {
    state.withLock { $0.rows.append(CRMSighting(id: id, npi: npi, marker: showsMarkers ? marker : nil)) }
  }

  func remove(_ id: Int64) { state.withLock { $0.rows.removeAll { $0.id == id } } }

  func fallSilent() { state.withLock { $0.isReachable = false } }

  /// Runs once, when the CRM is looked at next and after it was read.
  func whenAsked(_ body: @escaping @Sendable () async throws -> Void) { state.withLock { $0.whenAsked = body } }

  func look(_ storeID: String) async throws -> CRMIndex {
    let (held, isReachable, hook) = state.withLock { state in
      defer { state.whenAsked = nil }
      state.looks += 1
      return (state.rows, state.isReachable, state.whenAsked)
    }
    guard isReachable else { throw CRMError.unreachable("silent") }
    try await hook?()
    var index = CRMIndex(storeID: storeID)
    for row in held { index.take(row) }
    index.seal(showsMarkers: showsMarkers)
    return index
  }
}
