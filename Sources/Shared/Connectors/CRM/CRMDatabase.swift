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
}
