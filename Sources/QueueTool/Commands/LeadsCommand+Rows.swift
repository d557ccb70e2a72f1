import Database
import LeadStore
import Leads
import Operations

/// The rows of `lead-queue leads`.
extension LeadsCommand {
  static func listing(_ rows: [[Listing.Cell]]) -> Listing {
    Listing(
      name: "leads",
      columns: [
        // A whole npi.
        .init(title: "KEY", field: "key", widthMin: 14), .init(title: "CLASS", field: "class", isDispensable: true),
        .init(title: "SCORE", field: "score", isNumber: true, isDispensable: true),
        .init(title: "STATE", field: "state"), .init(title: "SOURCE", field: "source", widthMin: 8),
        .init(title: "LINE", field: "line", isNumber: true),
        .init(title: "CHANGED", field: "changed_at", isDispensable: true),
        .init(title: "REASON", field: "reason", widthMin: 10),
      ], rows: rows, whenEmpty: "No such leads.")
  }

  /// First what the CRM refused, then records that cannot be used; together at most `limit`.
  static func rejected(limit: Int, in transaction: Transaction) throws -> [[Listing.Cell]] {
    let refused = try CatalogTable.list(state: .rejected, limit: limit, in: transaction).map(row)
    guard refused.count < limit else { return refused }
    return try refused
      + SourceTable.rejectedRecords(limit: limit - refused.count, in: transaction).map { record in
        [
          .none, .none, .none, .text("unusable", .red), .text(record.path), .int(record.line), .none,
          .text(record.reason),
        ]
      }
  }

  static func row(_ lead: CatalogLead) -> [Listing.Cell] {
    [
      .text(lead.key.rawValue), .text(lead.leadClass), .int(lead.score), .text(lead.state.rawValue, lead.state.colour),
      .optional(lead.source), lead.source == nil ? .none : .int(lead.line), .time(lead.changedAt),
      .optional(lead.reason),
    ]
  }

  static func row(_ detail: BatchLeadDetail) -> [Listing.Cell] {
    [
      .text(detail.lead.key.rawValue), .text(detail.lead.leadClass.rawValue), .int(detail.score),
      .text(detail.lead.state.rawValue, detail.lead.state.colour), .optional(detail.source),
      detail.source == nil ? .none : .int(detail.line), .optional(detail.lead.sentAt),
      .text(
        "in batch \(detail.batchID); requests that carried it: \(detail.lead.requests); not found since: "
          + "\(detail.lead.absences)"
      ),
    ]
  }
}
