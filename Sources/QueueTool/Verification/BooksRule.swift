import LeadStore
import Leads

/// Whether the records of a batch agree with each other and with the catalog: pure.
struct BooksRule: Sendable {
  let time: ShownTime

  /// What is wrong with the batch as a whole and with its leads.
  func mismatches(of batch: BatchTrace) -> [Mismatch] {
    var mismatches: [Mismatch] = []
    let sent = batch.leads.reduce(0) { $0 + $1.requests }
    let intended = batch.intents.reduce(0) { $0 + $1.amount }
    if sent != intended {
      mismatches.append(
        Mismatch(
          kind: .books, subject: "batch \(batch.id)",
          finding: "its leads were sent \(sent) times, the ledger's intents are about \(intended)",
          remedy: Self.tampered))
    }
    for lead in batch.leads {
      guard let (broken, finding) = fault(of: lead, in: batch) else { continue }
      mismatches.append(
        Mismatch(
          kind: .books, subject: lead.key.rawValue, finding: finding, remedy: Self.tampered,
          account: LeadAccount(lead, in: batch, rows: nil, broken: broken, time: time)))
    }
    return mismatches
  }

  /// The first link that does not hold.
  private func fault(of lead: LeadTrace, in batch: BatchTrace) -> (LeadAccount.Link, String)? {
    let state = lead.state.rawValue
    if lead.requests > 0, batch.intent(of: lead) == nil {
      return (.intent, "\(state) in batch \(batch.id), sent without an intent in the ledger")
    }
    if lead.requests == 0, [.created, .duplicate, .unresolved].contains(lead.state) {
      return (.request, "\(state) in batch \(batch.id), though no request ever carried it")
    }
    let agreeing = lead.answers.count { $0.entry.rawValue == state }
    let isAnswered: Bool
    let isCatalogRight: Bool
    switch lead.state {
    case .pending, .unresolved:
      isAnswered = lead.answers.isEmpty
      isCatalogRight = lead.catalogState == .selected
    case .created, .duplicate, .rejected:
      isAnswered = lead.answers.count == 1 && agreeing == 1
      isCatalogRight = lead.requeuedAt != nil || lead.catalogState.rawValue == state
    case .released:
      isAnswered = lead.answers.count == 1 && agreeing == 1
      isCatalogRight = true
    }
    guard isAnswered, isCatalogRight else {
      return (
        .answer,
        "batch \(batch.id) says \(state), the catalog \(lead.catalogState.rawValue), the ledger has "
          + "\(lead.answers.count) results, \(agreeing) of them \(state)"
      )
    }
    guard lead.requeues == (lead.requeuedAt == nil ? 0 : 1) else {
      return (
        .answer,
        "batch \(batch.id) says that it was \(lead.requeuedAt == nil ? "not " : "")requeued, the ledger "
          + "\(lead.requeues) times"
      )
    }
    return nil
  }

  /// The programs change these records together or not at all.
  static let tampered = """
    The store was changed by something else than these programs, or is damaged: stop them, run `lead-queue audit \
    verify`, and restore a backup
    """
}
