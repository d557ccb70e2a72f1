import Database
import LeadStore
import Timekeeping

/// The audit trail, searched page by page.
struct AuditPage: Sendable {
  struct Entry: Sendable {
    var id: Int64
    var stamp: PageTime.Stamp
    var actor: String
    var action: String
    var subject: String
    var detail: String
    var isManual: Bool
  }

  struct Option: Sendable {
    var value: String
    var label: String
    var isChosen: Bool
  }

  static let limit = 50

  var entries: [Entry]
  var actions: [Option]
  var since: String
  var until: String
  var actor: String
  var subject: String
  var olderPath: String?
  var olderText: String
  /// What of the form could not be read.
  var problem: String?
  var isFiltered: Bool

  init(_ query: FormFields, time: PageTime, in transaction: Transaction) throws {
    let action = query["action"].flatMap(AuditAction.init(rawValue:))
    let times = ["since", "until"].map { name in (name, query[name], query[name].flatMap(time.moment)) }
    let unread = times.filter { $0.1 != nil && $0.2 == nil }.map(\.0)
    problem =
      unread.isEmpty
      ? nil : "Not understood: \(unread.joined(separator: ", ")). A time reads 2026-11-22 or 2026-11-22T10:00."
    let filter = AuditTable.Filter(
      action: action, actor: query["actor"], subject: query["subject"], since: times[0].2, until: times[1].2)
    isFiltered = filter != AuditTable.Filter()
    let page = try AuditTable.page(
      filter, before: query["before"].flatMap { Int64($0) }, limit: Self.limit, in: transaction)
    entries = page.entries.map { entry in
      Entry(
        id: entry.id, stamp: time.stamp(entry.at), actor: entry.actor,
        action: entry.action.replacing("_", with: " "), subject: entry.subject, detail: entry.detailWords,
        isManual: AuditAction(rawValue: entry.action)?.isManual ?? false)
    }
    actions = AuditAction.allCases.sorted { $0.rawValue < $1.rawValue }.map {
      Option(value: $0.rawValue, label: $0.rawValue.replacing("_", with: " "), isChosen: $0 == action)
    }
    (since, until) = (query["since"] ?? "", query["until"] ?? "")
    (actor, subject) = (query["actor"] ?? "", query["subject"] ?? "")
    olderText = page.entries.count == Self.limit ? "Older entries" : "Look further back"
    olderPath = page.next.map { next in
      "/audit?"
        + FormFields.query(
          ["since", "until", "actor", "subject", "action"].map { ($0, query[$0]) } + [("before", String(next))])
    }
  }
}
