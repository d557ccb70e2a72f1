package import Database
import JobQueue
package import Leads
package import Timekeeping

/// A store that was put back from a backup, until its books know again what the CRM holds.
///
/// Leads that were uploaded after the backup was made are in the CRM, and the books know nothing of it. Until
/// `finish`, `StoreIdentityTable.requireCRM` refuses everything that would plan or send.
package enum RestoreTable {
  /// How far the numbers of batches move: more batches than any store makes between a backup and its return. The markers of
  /// batches that the books have forgotten stay theirs; no new batch may bear one of them.
  private static let batchGap: Int64 = 1_000_000_000

  /// What the copy was in the middle of.
  package struct Interrupted: Sendable, Equatable {
    package var batches: Int
    /// Leads of them that may be in the CRM by now, sent or not when the copy was made.
    package var leads: Int
  }

  /// When the store was put back; nil: it is as it should be.
  package static func restoredAt(in transaction: Transaction) throws -> Timestamp? {
    try transaction.first("SELECT restored_at FROM store_identity WHERE id = 1") { $0.optionalTime(0) } ?? nil
  }

  /// Notes that this store is a copy from the past. Leads of open batches that were not sent may have been since: all are in
  /// doubt, and are looked for before anything of them is sent. The caller audits it.
  package static func begin(now: Timestamp, in transaction: Transaction) throws -> Interrupted {
    let noted = try transaction.run("UPDATE store_identity SET restored_at = $1 WHERE id = 1", [.time(now)])
    guard noted == 1 else { throw LeadStoreError.unreadable("no identity") }
    try moveBatchNumbers(in: transaction)
    let open = try transaction.query(
      """
      SELECT batch_lead.batch_id, count(*), sum(CASE WHEN batch_lead.requests = 0 THEN 1 ELSE 0 END) FROM batch JOIN batch_lead ON batch_lead.batch_id = batch.id
      WHERE batch.settled_at IS NULL AND batch_lead.state IN ('pending', 'unresolved')
      GROUP BY batch_lead.batch_id ORDER BY batch_lead.batch_id
      """
    ) { (batch: $0.int64(0), leads: $0.int(1), unsent: $0.int(2)) }
    for (batch, leads, unsent) in open {
      if unsent > 0 {
        // As if they were being sent now: that is what they are looked for as.
        try LedgerTable.append(
          LedgerLine(at: now, entry: .intended, batchID: batch, amount: unsent, detail: "put back from a backup"),
          in: transaction)
      }
      try transaction.run(
        """
        UPDATE batch_lead SET state = 'unresolved', requests = CASE WHEN requests = 0 THEN 1 ELSE requests END,
          sent_at = CASE WHEN requests = 0 THEN $2 ELSE sent_at END, absences = 0, absent_at = NULL
        WHERE batch_id = $1 AND state IN ('pending', 'unresolved')
        """, [.integer(batch), .time(now)])
      try LedgerTable.append(
        LedgerLine(at: now, entry: .unknown, batchID: batch, amount: leads, detail: "put back from a backup"),
        in: transaction)
    }
    return Interrupted(batches: open.count, leads: open.reduce(0) { $0 + $1.leads })
  }

  private static func moveBatchNumbers(in transaction: Transaction) throws {
    let last = try transaction.first("SELECT max(id) FROM batch") { $0.optionalInt64(0) ?? 0 } ?? 0
    let given = try givenBatchNumber(in: transaction)
    let next = max(last, given ?? 0) + batchGap
    try transaction.run(
      "INSERT INTO forgotten_batch (first_id, last_id) VALUES ($1, $2)",
      [.integer(max(last, given ?? 0) + 1), .integer(next)])
    switch transaction.dialect {
    case .sqlite where given == nil:
      try transaction.run("INSERT INTO sqlite_sequence (name, seq) VALUES ('batch', $1)", [.integer(next)])
    case .sqlite:
      try transaction.run("UPDATE sqlite_sequence SET seq = $1 WHERE name = 'batch'", [.integer(next)])
    case .postgresql:
      // It is not taken back with the transaction: numbers that are left out do no harm.
      _ = try transaction.first(
        "SELECT setval(pg_get_serial_sequence('batch', 'id'), CAST($1 AS bigint))", [.integer(next)]
      ) { $0.int64(0) }
    }
  }

  /// The last number of a batch that the engine gave, whether the batch is there or not; nil: none.
  private static func givenBatchNumber(in transaction: Transaction) throws -> Int64? {
    switch transaction.dialect {
    case .sqlite: try transaction.first("SELECT seq FROM sqlite_sequence WHERE name = 'batch'") { $0.int64(0) }
    case .postgresql:
      try transaction.first("SELECT CASE WHEN is_called THEN last_value END FROM batch_id_seq") { $0.optionalInt64(0) }
        ?? nil
    }
  }

  /// The numbers of batches that the store has forgotten, ascending. A row of the CRM with such a mark was taken over by
  /// `takeOver`. One range for each restore.
  package static func forgottenBatches(in transaction: Transaction) throws -> [ClosedRange<Int64>] {
    try transaction.query("SELECT first_id, last_id FROM forgotten_batch ORDER BY first_id LIMIT 1000") {
      $0.int64(0)...$0.int64(1)
    }
  }

  /// What the audit trail of this store is called outside of it. A restore begins another one: what was noted of the old one
  /// later than the backup is no part of it.
  package static func trailName(in transaction: Transaction) throws -> String {
    let storeID = try StoreIdentityTable.storeID(in: transaction)
    let restores = try transaction.first("SELECT count(*) FROM forgotten_batch") { $0.int(0) } ?? 0
    return restores == 0 ? storeID : "\(storeID)~\(restores)"
  }

  /// A row of the CRM that may be a lead of ours which the books have forgotten.
  package struct Row: Sendable {
    package var crmID: Int64
    package var key: LeadKey
    /// Nil: the CRM does not show markers.
    package var marker: String?
    package var createdAt: Timestamp
    /// The day whose limit it counts against.
    package var day: String

    package init(crmID: Int64, key: LeadKey, marker: String?, createdAt: Timestamp, day: String) {
      self.crmID = crmID
      self.key = key
      self.marker = marker
      self.createdAt = createdAt
      self.day = day
    }
  }

  /// The highest id that the CRM had given before anything that the books have forgotten was sent: 0 when they know none.
  package static func newestKnownLead(in transaction: Transaction) throws -> Int64 {
    try transaction.first("SELECT max(newest_lead_id) FROM batch") { $0.optionalInt64(0) ?? 0 } ?? 0
  }

  /// Writes down what the CRM holds of ours. Rows of open batches under their own marker are left to the batch's job. Returns
  /// how many leads the books had forgotten. Doing it again changes nothing.
  package static func takeOver(
    _ rows: [Row], storeID: String, moment: Moment, in transaction: Transaction
  ) throws -> Int {
    var days: [String: Int] = [:]
    var count = 0
    for row in rows {
      if let marker = row.marker, !marker.hasPrefix(storeID + ":") { continue }
      let known = try CatalogTable.find(key: row.key, in: transaction)
      switch known?.state {
      case .created, .duplicate, .rejected: continue
      case .selected:
        if try settle(row, storeID: storeID, moment: moment, in: transaction) { count += 1 }
      case .available, .withdrawn, nil:
        // Without a marker, a lead that no source has is somebody else's.
        guard known != nil || row.marker != nil,
          try CatalogTable.putUploaded(key: row.key, now: moment.wall, in: transaction)
        else { continue }
        days[row.day, default: 0] += 1
        count += 1
      }
      _ = try CooldownTable.adopt(lastRequestAt: row.createdAt, in: transaction)
    }
    for (day, created) in days.sorted(by: { $0.key < $1.key }) {
      try QuotaTable.add(DailyCount(day: day, created: created), in: transaction)
      try LedgerTable.append(
        LedgerLine(at: moment.wall, entry: .imported, batchID: nil, amount: created, day: day), in: transaction)
    }
    return count
  }

  /// A lead of an open batch that went up in a later batch. False when its own batch will find it.
  private static func settle(
    _ row: Row, storeID: String, moment: Moment, in transaction: Transaction
  ) throws -> Bool {
    let place = try transaction.first(
      """
      SELECT batch_lead.batch_id, batch_lead.position FROM lead JOIN batch_lead ON batch_lead.lead_id = lead.id
      WHERE lead.key = $1 AND batch_lead.state IN ('pending', 'unresolved')
      """, [.text(row.key.rawValue)]
    ) { (batch: $0.int64(0), position: $0.int(1)) }
    guard let place else { return false }
    let own = UploadMarker(storeID: storeID, batchID: place.batch, position: place.position)
    guard let marker = row.marker, marker != own.text else { return false }
    // Nobody runs the batch's job: the store is closed to uploads.
    let count = try BatchTable.finishUnfenced(
      place.batch, results: [(place.position, .created(crmID: row.crmID))], attempt: 0, moment: moment,
      in: transaction)
    return count.created == 1
  }

  /// The books know what the CRM holds: work may go on. The caller audits it.
  package static func finish(in transaction: Transaction) throws {
    try transaction.run("UPDATE store_identity SET restored_at = NULL WHERE id = 1")
  }
}
