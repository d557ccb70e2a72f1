import Connectors
import Leads
import Synchronization
import Testing

/// Counts what a client asks of its surroundings.
final class Surroundings: Sendable {
  private let state = Mutex((permits: 0, heldBack: [Duration](), intents: 0))

  var permits: Int { state.withLock { $0.permits } }
  var heldBack: [Duration] { state.withLock { $0.heldBack } }
  /// How often `beforeSending` ran.
  var intents: Int { state.withLock { $0.intents } }

  func permit() { state.withLock { $0.permits += 1 } }
  func holdBack(_ duration: Duration) { state.withLock { $0.heldBack.append(duration) } }
  func intend() { state.withLock { $0.intents += 1 } }
}

/// A client of `crm` with the password `s3cr3t-pass`.
func client(
  of baseURL: String, _ surroundings: Surroundings = Surroundings(), login: Bool = true, database: String? = nil,
  timeout: Duration = .seconds(5), _ change: (inout CRMClientSettings) -> Void = { _ in }
) throws -> CRMClient {
  var settings = CRMClientSettings(
    address: try #require(CRMAddress(baseURL)),
    login: login ? CRMLogin(username: "boss", password: "s3cr3t-pass") : nil,
    database: database.map(CRMDatabaseAddress.init))
  settings.requestTimeout = timeout
  settings.healthTimeout = timeout
  change(&settings)
  return CRMClient(
    settings: settings, requestPermit: { surroundings.permit() }, onRateLimited: { surroundings.holdBack($0) })
}

extension CRMClient {
  /// With time to spare.
  func upload(
    _ request: UploadRequest, beforeSending: @Sendable () async throws -> Void
  ) async throws -> UploadAnswer {
    try await upload(request, mayLeave: { true }, beforeSending: beforeSending)
  }
}

/// A request of `count` rows that hold a name nobody may ever print.
func rows(_ count: Int) -> UploadRequest {
  let row = #"{"practice_name":"\#(privateName)","npi":null}"#
  return UploadRequest(
    body: Array(("[" + Array(repeating: row, count: count).joined(separator: ",") + "]").utf8), rowCount: count)
}

/// Stands for lead data in every answer of the tests.
let privateName = "Dr. Mabuse"
