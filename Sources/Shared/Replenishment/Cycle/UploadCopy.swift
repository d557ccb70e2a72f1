import Connectors
import Database
import Foundation
import LeadStore
import Leads
import Timekeeping

/// Writes what was uploaded into files beside the store, one lead a line, a file for each day: a copy for people and for other
/// programs, which needs none of ours to be read (`source_management.backup_uploaded_leads`).
///
/// It is written from the ledger after each cycle, so that it catches up whatever died before, and holds each lead once: how far it
/// is known to be right stands in the store, and bytes behind that are not written again.
struct UploadCopy: Sendable {
  /// Leads in one step.
  private static let portion = 500

  let store: Store
  let folder: String

  /// Catches up. Throws `GrowingFile.Failure` and what the store throws; what was written by then stays.
  func run() async throws {
    let thread = DedicatedThread(name: "upload copy", beside: store)
    let storeID = try await store.read { try StoreIdentityTable.storeID(in: $0) }
    while true {
      let leads = try await store.read { try UploadCopyTable.next(limit: Self.portion, in: $0) }
      guard let first = leads.first else { return }
      // One day at a time, so that each step is a file and a row.
      let ofDay = Array(leads.prefix { $0.day == first.day })
      try await write(ofDay, day: first.day, storeID: storeID, on: thread)
    }
  }

  private func write(
    _ leads: [UploadedLead], day: String, storeID: String, on thread: DedicatedThread
  ) async throws {
    guard let last = leads.last else { return }
    let known = try await store.read { try UploadCopyTable.bytes(of: day, in: $0) }
    let part = Array(try leads.map { try Self.line($0, storeID: storeID) + "\n" }.joined().utf8)
    let bytes = try await thread.run { [folder] in
      try GrowingFile(path: "\(folder)/\(day).ndjson").append(part, behind: known)
    }
    try await store.write(.power) { transaction in
      try UploadCopyTable.note(day: day, bytes: bytes, ledgerID: last.ledgerID, in: transaction)
    }
  }

  /// One lead as JSON, fields in the order of their names.
  private static func line(_ lead: UploadedLead, storeID: String) throws -> String {
    let marker = UploadMarker(storeID: storeID, batchID: lead.batchID, position: lead.position).text
    let fields = try Payload.encode(
      Line(
        at: lead.at.date.formatted(.iso8601), batch: lead.batchID, crmID: lead.crmID, key: lead.key.rawValue,
        marker: marker))
    return String(fields.dropLast()) + ",\"lead\":" + (lead.body ?? "null") + "}"
  }

  private struct Line: Encodable {
    let at: String
    let batch: Int64
    let crmID: Int64?
    let key: String
    let marker: String

    enum CodingKeys: String, CodingKey {
      case at, batch, key, marker
      case crmID = "crm_id"
    }
  }
}

extension Timestamp {
  fileprivate var date: Date { Date(timeIntervalSince1970: Double(milliseconds) / 1000) }
}
