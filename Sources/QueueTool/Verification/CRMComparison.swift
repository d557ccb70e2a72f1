import Database
import LeadStore
import Leads

/// Compares every selected lead with what the CRM really holds.
struct CRMComparison: Sendable {
  /// Leads in one question to the CRM.
  private static let chunk = 500
  /// How often a lead that changed meanwhile is looked at again.
  private static let looksMax = 3

  struct Report: Sendable {
    /// Leads that the CRM was asked about.
    var compared = 0
    /// Leads without a final state that may or may not be in the CRM.
    var open = 0
    /// Leads given back by a batch and sent by a later one, which only the CRM's database tells apart.
    var untold = 0
    var mismatches: [Mismatch] = []
  }

  let store: Store
  let crm: any CRM
  let storeID: String
  let expectation: CRMExpectation
  /// Told how many leads were looked at so far.
  let progress: @Sendable (Int) -> Void

  /// Throws `CRMError` when the CRM cannot be asked.
  func run(_ plans: [Int64]) async throws -> Report {
    var report = Report()
    for plan in plans {
      var last = (batch: Int64(0), position: -1)
      while true {
        let page = try await store.read { [last] in
          try BatchTable.details(ofPlan: plan, after: last, limit: Self.chunk, in: $0)
        }
        guard let end = page.last else { break }
        last = (end.batchID, end.lead.position)
        try await compare(page, &report)
        progress(report.compared + report.open + report.untold)
      }
    }
    return report
  }

  private func compare(_ page: [BatchLeadDetail], _ report: inout Report) async throws {
    let asked = page.filter(expectation.canBeCompared)
    let open = page.count { expectation.demand(of: $0) == .open }
    report.compared += asked.count
    report.open += open
    report.untold += page.count - asked.count - open
    for (detail, finding) in try await ask(asked) {
      guard let mismatch = expectation.mismatch(of: detail, finding) else { continue }
      if let lasting = try await confirmed(mismatch, of: detail) { report.mismatches.append(lasting) }
    }
  }

  /// What the CRM holds of each lead. The batches of a plan share the id that was the CRM's highest; those of one page are of
  /// one plan, and their rows are newer. The row of a duplicate is older, and where the CRM shows no markers only the whole
  /// list has it.
  private func ask(_ details: [BatchLeadDetail]) async throws -> [(BatchLeadDetail, ReadBackFinding)] {
    let isOld: (BatchLeadDetail) -> Bool = { [expectation] in
      !expectation.showsMarkers && expectation.demand(of: $0) == .aRow
    }
    let newest = details.reduce(Int64.max) { min($0, $1.newestLeadID) }
    let young = try await ask(details.filter { !isOld($0) }, after: newest)
    return try await young + ask(details.filter(isOld), after: 0)
  }

  private func ask(
    _ details: [BatchLeadDetail], after: Int64
  ) async throws -> [(BatchLeadDetail, ReadBackFinding)] {
    guard !details.isEmpty else { return [] }
    let rows = details.map { detail in
      ReadBackRow(
        npi: detail.lead.npi, key: detail.lead.key,
        marker: UploadMarker(storeID: storeID, batchID: detail.batchID, position: detail.lead.position).text)
    }
    return Array(zip(details, try await crm.readBack(rows, after: after)))
  }

  /// Workers go on meanwhile: a lead whose books changed since is looked at again. Nil when it then is as it should be.
  private func confirmed(_ mismatch: Mismatch, of seen: BatchLeadDetail) async throws -> Mismatch? {
    var (mismatch, seen) = (mismatch, seen)
    for _ in 0..<Self.looksMax {
      let now = try await store.read { [seen] in
        try BatchTable.detail(ofBatch: seen.batchID, position: seen.lead.position, in: $0)
      }
      guard let now, now != seen else { return mismatch }
      guard expectation.canBeCompared(now), let (_, finding) = try await ask([now]).first,
        let again = expectation.mismatch(of: now, finding)
      else { return nil }
      (mismatch, seen) = (again, now)
    }
    return mismatch
  }
}
