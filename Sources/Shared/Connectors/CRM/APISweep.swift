import Leads

/// Looks at every lead through the API: one large page, read while it arrives.
struct APISweep: Sendable {
  let session: CRMSession

  /// See `CRMClient.sweep`. Throws every `CRMError` of the API; `unexpectedAnswer` too when the list is plainly not all leads:
  /// those of a user who sees only a part would be taken for lost.
  func run<Value: Sendable>(
    _ make: @escaping @Sendable () -> Value, take: @escaping @Sendable (inout Value, CRMSighting) -> Void
  ) async throws -> Value {
    let health = try await session.health()
    guard health.isHealthy else { throw CRMError.unreachable("it reports itself unhealthy") }
    guard let expected = health.totalLeads, expected >= 0 else {
      throw CRMError.unexpectedAnswer("\(session.settings.healthPath) names no total_leads")
    }
    var limit = min(expected, APIStockReader.rowsMax) + expected / 10 + 1000
    while limit <= 2 * APIStockReader.rowsMax {
      let (rows, value) = try await session.leads(limit: limit) {
        (0, make())
      } take: { list, row in
        list.0 += 1
        take(&list.1, Self.sighting(row))
      }
      if rows < limit {
        // Leads may come and go between the two questions.
        guard rows + max(10, expected / 50) >= expected else {
          throw CRMError.unexpectedAnswer(
            "the list shows \(rows) of \(expected) leads; the user's role may see only a part")
        }
        return value
      }
      limit *= 2
    }
    throw CRMError.unexpectedAnswer("it holds more than \(APIStockReader.rowsMax) leads: set LEAD_CRM_DATABASE_URL")
  }

  private static func sighting(_ row: CRMLeadRow) -> CRMSighting {
    CRMSighting(
      id: row.id, npi: row.npi, marker: row.marker,
      key: row.npi == nil
        ? LeadKey.identifying(owner: row.owner, practice: row.practice, phone: row.phone, zip: row.zip) : nil)
  }
}
