import Connectors
import Database
import LeadStore
import Operations
import Timekeeping

/// Learns from the CRM what a store uploaded that was put back from a backup: every lead of ours that the CRM created after
/// the last reading that the books know is written down as created. Then the store may be used again.
struct Reconciliation: Sendable {
  /// Rows in one question and in one transaction.
  private static let chunk = 500

  let desk: Desk
  let crm: CRMClient
  let reason: String
  let actor: String
  /// Told how many rows of the CRM were looked at so far.
  let progress: @Sendable (Int) -> Void

  struct Report: Sendable, Equatable {
    var looked = 0
    /// Leads that the books had forgotten.
    var found = 0
  }

  /// Throws `CRMError` when the CRM cannot be asked; what was found by then stays, and the store stays closed.
  func run() async throws -> Report {
    let (storeID, start) = try await desk.store.read { transaction in
      (try StoreIdentityTable.storeID(in: transaction), try RestoreTable.newestKnownLead(in: transaction))
    }
    var report = Report()
    var last = start
    while true {
      let leads = try await crm.newLeads(after: last, limit: Self.chunk)
      guard let end = leads.last else { break }
      for part in stride(from: 0, to: leads.count, by: Self.chunk) {
        let rows = leads[part..<min(part + Self.chunk, leads.count)].compactMap(row)
        report.found += try await takeOver(rows, storeID)
      }
      report.looked += leads.count
      progress(report.looked)
      last = end.id
    }
    try await finish(report)
    return report
  }

  /// Nil for rows that are certainly somebody else's.
  private func row(_ lead: CRMNewLead) -> RestoreTable.Row? {
    guard let key = lead.key, lead.marker != nil || !lead.showsMarker else { return nil }
    // One of unknown age counts against today, which is the safe side.
    let createdAt = desk.program.clock.now() - (lead.age ?? .zero)
    return RestoreTable.Row(
      crmID: lead.id, key: key, marker: lead.marker, createdAt: createdAt,
      day: desk.program.calendar.day(of: createdAt))
  }

  private func takeOver(_ rows: [RestoreTable.Row], _ storeID: String) async throws -> Int {
    try await desk.store.write(.power) { [desk] transaction in
      try RestoreTable.takeOver(rows, storeID: storeID, moment: desk.program.clock.moment(), in: transaction)
    }
  }

  private func finish(_ report: Report) async throws {
    try await desk.store.write(.power) { [self] transaction in
      try RestoreTable.finish(in: transaction)
      try Desk.audit(
        .storeReconciled, subject: crm.identity, reason: reason,
        detail: ["looked_at": report.looked, "found": report.found], actor: actor, now: desk.program.clock.now(),
        in: transaction)
    }
  }
}
