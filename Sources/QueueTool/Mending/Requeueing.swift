import Database
import LeadStore
import Leads
import Operations
import Timekeeping

/// Gives rejected leads back to the catalog, those that a person names.
struct Requeueing: Sendable {
  struct Result: Sendable, Equatable {
    var key: String
    var isRequeued: Bool
    /// What follows, or why nothing was done.
    var note: String
  }

  let store: Store
  let now: Timestamp

  /// All in one transaction, with one entry of the audit trail when anything was requeued. One result for each key, in order.
  func run(_ keys: [String], reason: String, actor: String) async throws -> [Result] {
    try await store.write(.power) { [now] transaction in
      var requeued: [BatchPosition] = []
      let results = try keys.map { text in
        let key = NPI(text).map(LeadKey.init(npi:)) ?? LeadKey(rawValue: text)
        let (place, result) = try Self.requeue(key, now: now, in: transaction)
        if let place { requeued.append(place) }
        return result
      }
      guard !requeued.isEmpty else { return results }
      requeued.sort()
      try Desk.audit(
        .leadsRequeued, subject: requeued.count == 1 ? "1 lead" : "\(requeued.count) leads", reason: reason,
        detail: [
          "cause": RequeueCause.rejection.rawValue, "count": requeued.count, "leads": DriftRepair.text(requeued),
        ], actor: actor, now: now, in: transaction)
      return results
    }
  }

  private static func requeue(
    _ key: LeadKey, now: Timestamp, in transaction: Transaction
  ) throws -> (BatchPosition?, Result) {
    func refused(_ note: String) -> (BatchPosition?, Result) {
      (nil, Result(key: key.rawValue, isRequeued: false, note: note))
    }
    guard let lead = try CatalogTable.find(key: key, in: transaction) else {
      return refused("the store knows no such lead; `lead-queue leads` lists them")
    }
    switch lead.state {
    case .rejected: break
    case .available: return refused("it is in the catalog, and a plan may select it")
    case .withdrawn: return refused("its source no longer holds it")
    case .selected: return refused("it is in a batch that is not settled")
    case .created, .duplicate:
      return refused("the CRM has it; should it be gone there, use `lead-queue verify --repair`")
    }
    guard let settled = try BatchTable.settled(key, in: transaction),
      try BatchTable.requeue([settled.place], because: .rejection, now: now, in: transaction) == [settled.place]
    else { return refused("no batch has rejected it: the store was changed by other means; run `lead-queue verify`") }
    return (
      settled.place,
      Result(key: key.rawValue, isRequeued: true, note: "rejected before: \(lead.reason ?? "no reason given")")
    )
  }

  static func listing(_ results: [Result]) -> Listing {
    Listing(
      name: "leads",
      columns: [
        .init(title: "KEY", field: "key", widthMin: 18), .init(title: "RESULT", field: "result"),
        .init(title: "NOTE", field: "note", widthMin: 20),
      ],
      rows: results.map {
        [
          .text($0.key), .text($0.isRequeued ? "requeued" : "not requeued", $0.isRequeued ? .green : .red),
          .text($0.note),
        ]
      }, whenEmpty: "No leads named.")
  }
}
