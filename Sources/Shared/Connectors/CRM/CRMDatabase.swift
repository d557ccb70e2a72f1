package import Leads
package import Timekeeping

/// The CRM's own database, only read. Conformers: `PostgresStockReader`, and that of the simulated CRM.
package protocol CRMDatabase: Sendable {
  /// What the last reading could not take into account.
  var notes: [String] { get }

  /// Looks whether it can be read. Throws `databaseUnreachable`, `schemaUnsupported`.
  func check() async throws(CRMError)

  /// See `CRM.readStock`.
  func read(window: Duration, now: Timestamp) async throws(CRMError) -> Stock

  /// See `CRM.readBack`.
  func readBack(_ rows: [ReadBackRow], after: Int64) async throws(CRMError) -> [ReadBackFinding]

  /// The next rows by id above `id`, some thousand of them; empty at the end. `showsMarkers`: whether our marker is kept and
  /// can be seen.
  func sightings(after id: Int64) async throws(CRMError) -> (page: [CRMSighting], showsMarkers: Bool)

  /// See `CRMClient.newLeads`.
  func newLeads(after: Int64, limit: Int) async throws(CRMError) -> [CRMNewLead]
}

extension CRMDatabase {
  /// Nothing is known of the rows of such a database beyond what `readBack` tells.
  package func newLeads(after: Int64, limit: Int) async throws(CRMError) -> [CRMNewLead] {
    throw .databaseUnreachable("it does not list its leads")
  }

  /// See `CRMClient.sweep`: a short reading for each page.
  func sweep<Value: Sendable>(
    _ make: @escaping @Sendable () -> Value, take: @escaping @Sendable (inout Value, CRMSighting) -> Void
  ) async throws(CRMError) -> (value: Value, showsMarkers: Bool) {
    var (value, last, showsMarkers) = (make(), Int64.min, true)
    while true {
      let found = try await sightings(after: last)
      showsMarkers = showsMarkers && found.showsMarkers
      for sighting in found.page { take(&value, sighting) }
      guard let end = found.page.last else { return (value, showsMarkers) }
      last = end.id
    }
  }
}
