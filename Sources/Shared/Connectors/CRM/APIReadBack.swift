import Leads

/// Finds our leads through the API: newest first, never the whole list.
struct APIReadBack: Sendable {
  /// So many newer leads in the CRM than ours cannot be searched this way.
  private static let rowsMax = 200_000

  let session: CRMSession

  /// One finding a row, in their order. Throws every `CRMError` of the API.
  func find(_ rows: [ReadBackRow], after: Int64) async throws -> [ReadBackFinding] {
    guard !rows.isEmpty else { return [] }
    let match = ReadBackMatch(rows: rows, after: after, knowsMarkers: false)
    return match.findings(among: try await candidates(after: after, atLeast: max(100, rows.count * 2)))
  }

  /// Every lead with an id above `after`, and some older ones; `limit` are asked for at first.
  func candidates(after: Int64, atLeast limit: Int) async throws -> [ReadBackMatch.Candidate] {
    var limit = limit
    while limit <= Self.rowsMax {
      let page = try await session.leads(limit: limit) {
        Page()
      } take: { page, row in
        page.take(row)
      }
      // Newest first: once the last row is an old one, everything newer has been seen.
      if page.rows < limit || page.lastID <= after {
        return Array(page.candidates.values)
      }
      limit *= 4
    }
    throw CRMError.unexpectedAnswer("more than \(Self.rowsMax) leads are newer than ours: set LEAD_CRM_DATABASE_URL")
  }

  private struct Page: Sendable {
    var rows = 0
    var lastID: Int64 = 0
    /// By id, since a page may repeat rows.
    var candidates: [Int64: ReadBackMatch.Candidate] = [:]

    mutating func take(_ row: CRMLeadRow) {
      rows += 1
      lastID = row.id
      let key =
        row.npi == nil
        ? LeadKey.identifying(owner: row.owner, practice: row.practice, phone: row.phone, zip: row.zip) : nil
      candidates[row.id] = ReadBackMatch.Candidate(id: row.id, npi: row.npi, marker: row.marker, key: key)
    }
  }
}
