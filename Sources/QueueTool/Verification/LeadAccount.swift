import LeadStore
import Leads

/// The four links between a selected lead and its row in the CRM, each with what is known of it.
struct LeadAccount: Sendable, Equatable {
  enum Link: String, Sendable, CaseIterable {
    /// The ledger says, before the request, that it was about to be sent.
    case intent
    /// A request carried it.
    case request
    /// What the CRM answered, or what was read back; the lead's final state.
    case answer
    /// What the CRM holds.
    case row
  }

  /// In the order of the links.
  var texts: [Link: String]
  /// The first link that does not hold.
  var broken: Link

  /// `rows`: what the CRM holds of it; nil: it was not asked.
  init(_ lead: LeadTrace, in batch: BatchTrace, rows: ReadBackFinding?, broken: Link, time: ShownTime) {
    self.broken = broken
    texts = [
      .intent: Self.intent(lead, batch, time), .request: Self.request(lead, time), .answer: Self.answer(lead, time),
      .row: Self.row(rows),
    ]
  }

  private static func intent(_ lead: LeadTrace, _ batch: BatchTrace, _ time: ShownTime) -> String {
    guard lead.requests > 0 else { return "none: it was never to be sent" }
    guard let line = batch.intent(of: lead) else {
      return "none in the ledger" + (lead.sentAt.map { " for the request of \(time.table($0))" } ?? "")
    }
    let body = line.detail.map { ", body SHA-256 \($0.prefix(12))…" } ?? ""
    return "ledger line \(line.id), \(time.table(line.at)): \(line.amount) leads\(body)"
  }

  private static func request(_ lead: LeadTrace, _ time: ShownTime) -> String {
    guard lead.requests > 0 else { return "none" }
    let count = lead.requests == 1 ? "sent once" : "sent \(lead.requests) times"
    return count + (lead.sentAt.map { ", last \(time.table($0))" } ?? "")
  }

  private static func answer(_ lead: LeadTrace, _ time: ShownTime) -> String {
    let lines = lead.answers.map { line in
      "\(line.entry.rawValue), ledger line \(line.id), \(time.table(line.at))"
        + (line.attempt.map { ", attempt \($0)" } ?? "")
    }
    switch lead.state {
    case .pending, .unresolved:
      return lines.isEmpty ? "none yet" : "\(lead.state.rawValue), yet " + lines.joined(separator: "; ")
    case .created, .duplicate, .rejected, .released:
      guard !lines.isEmpty else { return "none in the ledger, though its batch says \(lead.state.rawValue)" }
      let text = lines.joined(separator: "; ")
      return lead.answers.allSatisfy { $0.entry.rawValue == lead.state.rawValue }
        ? text : "its batch says \(lead.state.rawValue); \(text)"
    }
  }

  private static func row(_ rows: ReadBackFinding?) -> String {
    guard let rows else { return "not looked for" }
    let ours = rows.ours.isEmpty ? nil : "\(ids(rows.ours)) of ours"
    let others = rows.others.isEmpty ? nil : "\(ids(rows.others)) of somebody else's"
    let found = [ours, others].compactMap(\.self)
    return found.isEmpty ? "none in the CRM" : "the CRM's row " + found.joined(separator: ", and ")
  }

  static func ids(_ ids: [Int64]) -> String { ids.map(String.init).joined(separator: ", ") }
}
