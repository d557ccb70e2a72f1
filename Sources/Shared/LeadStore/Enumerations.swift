/// Where a lead of the catalog stands; `lead.state`.
package enum LeadState: String, Sendable, CaseIterable, Codable {
  /// May be selected.
  case available
  /// Its source no longer holds it.
  case withdrawn
  /// In a batch that is not settled; `batch_lead` says how far it is.
  case selected
  case created
  /// The CRM had it already.
  case duplicate
  /// The CRM refused it.
  case rejected
}

/// Where a selected lead stands in its batch; `batch_lead.state`. At every moment the states add up to what was selected.
package enum BatchLeadState: String, Sendable, CaseIterable, Codable {
  /// No request that may have created it is open.
  case pending
  /// A request with it may have been committed by the CRM.
  case unresolved
  case created
  case duplicate
  case rejected
  /// Given back to the catalog unsent.
  case released
}

/// Whether an earlier request that carried a lead may still be committed by the CRM; `batch_lead.doubt`. A lead in doubt is
/// unresolved until it is found, or was looked for in vain for so long that nothing can bring it any more.
package enum Doubt: Int, Sendable, CaseIterable {
  case none = 0
  case earlier = 1
  /// An earlier one, and another one is under way.
  case earlierAndOpen = 2

  static func read(_ number: Int) throws -> Doubt {
    guard let doubt = Doubt(rawValue: number) else { throw LeadStoreError.unreadable("a doubt of \(number)") }
    return doubt
  }
}

/// `source.state`.
package enum SourceState: String, Sendable, CaseIterable, Codable {
  case new
  case read
  case missing
  case unreadable
}

/// `stock_snapshot.verdict`.
package enum SnapshotVerdict: String, Sendable, CaseIterable, Codable {
  case unjudged
  case accepted
  case held
  case failed
}

/// `cycle.state`.
package enum CycleState: String, Sendable, CaseIterable, Codable {
  case running
  case done
  case failed
}

/// `ledger.entry`.
package enum LedgerEntry: String, Sendable, CaseIterable, Codable {
  /// Quota taken for a batch when its plan was committed.
  case reserved
  /// Quota moved to the day on which the request is sent.
  case moved
  /// About to be sent: committed before the request.
  case intended
  /// The request never left.
  case notSent = "not_sent"
  /// The CRM answered that it processed nothing.
  case notProcessed = "not_processed"
  /// No clear answer.
  case unknown
  /// Read back and not found.
  case absent
  case created
  case duplicate
  case rejected
  case released
  /// Known as uploaded from the replaced script's tracking file.
  case imported
  /// Back in the catalog although a batch had settled it: gone from the CRM, or rejected by mistake.
  case requeued
}
