package import Database
package import Timekeeping

/// Who this store is, and which CRM it serves: `store_identity`, one row.
package enum StoreIdentityTable {
  /// Gives a new store its own random name, part of every marker; one that has a name keeps it.
  package static func make(_ storeID: String, in transaction: Transaction) throws {
    try transaction.run(
      "INSERT INTO store_identity (id, store_id) VALUES (1, $1) ON CONFLICT DO NOTHING", [.text(storeID)])
  }

  /// The store's own name. Throws `unreadable` before it was made.
  package static func storeID(in transaction: Transaction) throws -> String {
    let id = try transaction.first("SELECT store_id FROM store_identity WHERE id = 1") { $0.text(0) }
    guard let id else { throw LeadStoreError.unreadable("no identity") }
    return id
  }

  package static func crm(in transaction: Transaction) throws -> String? {
    try transaction.first("SELECT crm FROM store_identity WHERE id = 1") { $0.optionalText(0) } ?? nil
  }

  /// Throws `boundToAnotherCRM` when the store serves another CRM than this, and `notReconciled` while it does not know what
  /// that CRM holds.
  package static func requireCRM(_ crm: String, in transaction: Transaction) throws {
    if try RestoreTable.restoredAt(in: transaction) != nil { throw LeadStoreError.notReconciled }
    try requireSameCRM(crm, in: transaction)
  }

  /// As `requireCRM`, for the reconciliation itself.
  package static func requireSameCRM(_ crm: String, in transaction: Transaction) throws {
    guard let bound = try self.crm(in: transaction), bound != crm else { return }
    throw LeadStoreError.boundToAnotherCRM(bound: bound, asked: crm)
  }

  /// Binds the store to its first CRM; afterwards throws `boundToAnotherCRM` for any other.
  package static func bind(crm: String, now: Timestamp, in transaction: Transaction) throws {
    try requireCRM(crm, in: transaction)
    guard try self.crm(in: transaction) == nil else { return }
    try rebind(crm: crm, now: now, in: transaction)
  }

  /// Lets the store serve another CRM from now on. The caller audits it.
  package static func rebind(crm: String, now: Timestamp, in transaction: Transaction) throws {
    let changed = try transaction.run(
      "UPDATE store_identity SET crm = $1, bound_at = $2 WHERE id = 1", [.text(crm), .time(now)])
    guard changed == 1 else { throw LeadStoreError.unreadable("no identity") }
  }
}
