import Connectors
import Database
import LeadStore
import Leads
import Operations

/// How `verify` asks the CRM. Opened with the first question.
actor CRMAccess {
  private let desk: Desk
  private let progress: @Sendable (String) -> Void
  private var opened: (client: CRMClient, storeID: String)?

  init(desk: Desk, progress: @escaping @Sendable (String) -> Void) {
    self.desk = desk
    self.progress = progress
  }

  /// Reads what the CRM holds now. Throws `CRMError` and `LeadStoreError.boundToAnotherCRM`.
  func look() async throws -> CRMIndex {
    let (client, storeID) = try await open()
    let progress = progress
    progress("Reading the CRM")
    let (index, showsMarkers) = try await client.sweep {
      CRMIndex(storeID: storeID)
    } take: { index, row in
      index.take(row)
      if index.rows.isMultiple(of: 5000) { progress("Reading the CRM: \(index.rows) leads") }
    }
    var sealed = index
    sealed.seal(showsMarkers: showsMarkers)
    return sealed
  }

  /// Which of these drifted leads are gone even now. Where marks cannot be seen, only leads with npi are asked about, and the
  /// CRM itself refuses a second row of these: they are not looked for again.
  func stillGone(_ leads: [BatchPosition], _ expectation: CRMExpectation) async throws -> [BatchPosition] {
    guard expectation.showsMarkers else { return leads }
    let (client, storeID) = try await open()
    var traces: [(lead: LeadTrace, after: Int64)] = []
    for (batchID, places) in Dictionary(grouping: leads, by: \.batchID).sorted(by: { $0.key < $1.key }) {
      let wanted = Set(places)
      guard let batch = try await desk.store.read({ try TraceTable.batch(batchID, in: $0) }) else { continue }
      traces += batch.leads.filter { wanted.contains($0.place) }.map { ($0, batch.newestLeadID) }
    }
    let rows = traces.map { lead, _ in
      ReadBackRow(
        npi: lead.npi, key: lead.key,
        marker: UploadMarker(storeID: storeID, batchID: lead.place.batchID, position: lead.place.position).text)
    }
    let findings = try await client.readBack(rows, after: traces.map(\.after).min() ?? 0)
    return zip(traces, findings).compactMap { trace, finding in
      expectation.fault(of: trace.lead, finding)?.kind == .drift ? trace.lead.place : nil
    }
  }

  private func open() async throws -> (client: CRMClient, storeID: String) {
    if let opened { return opened }
    let client = try await CRMConnection.open(for: desk.program)
    let storeID = try await desk.store.read { transaction in
      // Another CRM would be found to lack everything.
      try StoreIdentityTable.requireCRM(client.identity, in: transaction)
      return try StoreIdentityTable.storeID(in: transaction)
    }
    opened = (client, storeID)
    return (client, storeID)
  }
}
