import Database
import LeadStore
import Leads
import Timekeeping

/// Notes drifted leads in the store, and gives them back to the catalog when a person wants that.
struct DriftRepair: Sendable {
  /// Leads in one transaction.
  private static let portion = 1000

  let store: Store
  let now: @Sendable () -> Timestamp

  /// Notes what is gone and what is back, with one entry in the audit trail when there is any news. The entry comes first:
  /// what a crash leaves unnoted is news again. Returns how many leads were not known to be gone.
  func note(_ crm: CRMComparison, actor: String) async throws -> Int {
    let news = crm.drifted.filter { !$0.isKnown }
    guard !news.isEmpty || !crm.foundAgain.isEmpty else { return 0 }
    let now = now()
    try await store.write(.power) { transaction in
      try AuditTable.append(
        .driftFound, subject: "crm",
        detail: [
          "new": news.count, "created_by_us": news.count(where: \.isCreatedByUs), "drifted": crm.drifted.count,
          "found_again": crm.foundAgain.count,
        ], actor: actor, now: now, in: transaction)
    }
    for part in news.map(\.place).portions(of: Self.portion) {
      _ = try await store.write { try BatchTable.noteMissing(part, now: now, in: $0) }
    }
    for part in crm.foundAgain.portions(of: Self.portion) {
      _ = try await store.write { try BatchTable.noteFoundAgain(part, in: $0) }
    }
    return news.count
  }

  /// Gives the leads back to the catalog, so that a later plan may select them: a transaction, and an entry of the audit trail,
  /// for a thousand. A crash in between leaves whole portions done and the others as they were; doing it again changes nothing
  /// that is done. Returns how many were requeued.
  ///
  /// `isGone` is asked for each portion immediately before it: which of them the CRM still does not hold.
  func requeue(
    _ leads: [BatchPosition], because cause: RequeueCause, reason: String, actor: String,
    isGone: ([BatchPosition]) async throws -> [BatchPosition] = { $0 }, progress: (Int) -> Void = { _ in }
  ) async throws -> Int {
    var count = 0
    for part in leads.portions(of: Self.portion) {
      let gone = try await isGone(part)
      let now = now()
      count += try await store.write(.power) { transaction in
        let requeued = try BatchTable.requeue(gone, because: cause, now: now, in: transaction)
        guard let first = requeued.first, let last = requeued.last else { return 0 }
        try Desk.audit(
          .leadsRequeued,
          subject: first.batchID == last.batchID
            ? "batch \(first.batchID)" : "batches \(first.batchID) to \(last.batchID)",
          reason: reason,
          detail: ["cause": cause.rawValue, "count": requeued.count, "leads": Self.text(requeued)], actor: actor,
          now: now, in: transaction)
        return requeued.count
      }
      progress(count)
    }
    return count
  }

  /// By batch and position, which are nobody's data: `12:0-4,7`.
  static func text(_ leads: [BatchPosition]) -> [String] {
    Dictionary(grouping: leads, by: \.batchID).sorted { $0.key < $1.key }.map { batch, places in
      var runs: [ClosedRange<Int>] = []
      for position in places.map(\.position).sorted() {
        if let last = runs.last, last.upperBound + 1 == position {
          runs[runs.count - 1] = last.lowerBound...position
        } else {
          runs.append(position...position)
        }
      }
      let texts = runs.map { $0.count == 1 ? "\($0.lowerBound)" : "\($0.lowerBound)-\($0.upperBound)" }
      return "\(batch):" + texts.joined(separator: ",")
    }
  }
}

extension Array {
  /// Cut into pieces of at most `size`.
  fileprivate func portions(of size: Int) -> [[Element]] {
    stride(from: 0, to: count, by: size).map { Array(self[$0..<Swift.min($0 + size, count)]) }
  }
}
