import Database
import Leads
import Timekeeping

@testable import JobQueue

/// A CRM during whose first bulk request the job is taken from the attempt that sent it.
struct Thief: CRM {
  let store: Store
  let crm: SimulatedCRM
  var identity: String { crm.identity }

  func authenticate() async throws(CRMError) {}

  func readStock(window: Duration, now: Timestamp) async throws(CRMError) -> Stock {
    try await crm.readStock(window: window, now: now)
  }

  func upload(
    _ request: UploadRequest, mayLeave: @escaping @Sendable () -> Bool, beforeSending: @Sendable () async throws -> Void
  ) async throws -> UploadAnswer {
    let answer = try await crm.upload(request, mayLeave: mayLeave, beforeSending: beforeSending)
    _ = try await store.write { try $0.run("UPDATE job SET attempt = attempt + 1 WHERE state = 'leased'") }
    return answer
  }

  func readBack(_ rows: [ReadBackRow], after: Int64) async throws(CRMError) -> [ReadBackFinding] {
    try await crm.readBack(rows, after: after)
  }
}

extension JobContext {
  /// Of a lease that lasts long enough for a request.
  static func lasting(_ lease: Lease) -> JobContext {
    JobContext(lease: lease, deadline: .now + .seconds(120), clock: .system)
  }
}
