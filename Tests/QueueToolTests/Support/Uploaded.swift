import Database
import JobQueue
import LeadStore
import Leads
import Operations
import Timekeeping

@testable import lead_queue

/// A store and a CRM that agree: lead 0 created as row 101, lead 1 a duplicate of row 7, lead 2 rejected, lead 3 in doubt.
struct Uploaded {
  let bench: Workbench
  let planned: Workbench.Planned
  let crm: MemoryCRM
  private let lease: Lease

  init(showsMarkers: Bool = true) async throws {
    bench = try await Workbench()
    try await bench.fillCatalog()
    planned = try await bench.planUpload()
    lease = try await bench.lease()
    try await bench.intend(planned.batch, [0, 1, 2, 3], lease)
    try await bench.finish(
      planned.batch,
      [(0, .created(crmID: nil)), (1, .duplicate(existingID: 7)), (2, .rejected(reason: "field npi"))], lease)
    crm = MemoryCRM(showsMarkers: showsMarkers)
    let leads = try await leads()
    crm.add(101, npi: leads[0].npi, marker: try await bench.marker(planned.batch, 0))
    crm.add(7, npi: leads[1].npi)
  }

  /// The leads of the batch by position.
  func leads() async throws -> [BatchLead] {
    let batch = planned.batch
    return try await bench.store.read { try BatchTable.leads(ofBatch: batch, in: $0) }
  }

  /// A second batch of what is in the catalog, its job leased.
  func planAgain() async throws -> (Workbench.Planned, Lease) {
    try await bench.settle(lease, .succeeded(result: nil))
    return (try await bench.planUpload(), try await bench.lease())
  }

  func verify(namedMax: Int = 50) async throws -> Verification.Result {
    try await bench.verify(crm, namedMax: namedMax)
  }

  /// Gives what drifted back to the catalog.
  func repair(_ comparison: CRMComparison) async throws -> Int {
    let now = bench.tick()
    return try await DriftRepair(store: bench.store, now: { now }).requeue(
      comparison.drifted.filter(\.mayBeRequeued).map(\.place), because: .drift, reason: "the CRM lost it", actor: "ada")
  }
}

extension Workbench {
  func verify(_ crm: MemoryCRM?, namedMax: Int = 50) async throws -> Verification.Result {
    let storeID = try await store.read { try StoreIdentityTable.storeID(in: $0) }
    var look: (@Sendable () async throws -> CRMIndex)?
    if let crm { look = { @Sendable in try await crm.look(storeID) } }
    return try await Verification(
      store: store, time: ShownTime(zoneName: "UTC"), namedMax: namedMax, look: look, progress: { _ in }
    ).run()
  }

  /// The entries of the audit trail with this action.
  func audited(_ action: AuditAction) async throws -> [AuditEntry] {
    try await store.read { try AuditTable.latest(.init(action: action), limit: 100, in: $0) }
  }
}
