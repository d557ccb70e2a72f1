import LeadStore
import Leads

/// What the CRM must hold of one lead, by the state its batch gives it: pure.
struct CRMExpectation: Sendable {
  /// Whether the CRM shows our markers, as its database does. Without them rows are told apart by their id alone: a row
  /// above the batch's starting point counts as ours, whoever made it.
  let showsMarkers: Bool

  enum Demand: Sendable, Equatable {
    /// Exactly one row of ours.
    case oneOfOurs
    /// A row, and one that we did not create.
    case aRow
    case noneOfOurs
    /// Nothing yet: its job is not done with it.
    case open
    /// Nothing: without markers its row could be that of a later batch.
    case untellable
  }

  /// What is wrong with a lead.
  struct Fault: Sendable, Equatable {
    var kind: Mismatch.Kind
    var finding: String
    var remedy: String
    var broken: LeadAccount.Link
  }

  func demand(of lead: LeadTrace) -> Demand {
    switch lead.state {
    // A lead that was given back may have gone up in a later batch, under that batch's marker.
    case .released where !showsMarkers && ![.available, .withdrawn].contains(lead.catalogState),
      _ where !showsMarkers && lead.requeuedAt != nil && ![.available, .withdrawn].contains(lead.catalogState):
      return .untellable
    case _ where lead.requeuedAt != nil: return .noneOfOurs
    case .created: return .oneOfOurs
    case .duplicate: return .aRow
    case .rejected, .released: return .noneOfOurs
    // One that was sent and not found may still appear; its job takes care of it.
    case .pending: return lead.requests == 0 ? .noneOfOurs : .open
    case .unresolved: return .open
    }
  }

  /// Whether a drifted lead may go back to the catalog. One without npi that is sent again while its former row comes back
  /// would stand there twice: only where marks can be read is it certain that the row is gone.
  func mayBeRequeued(_ lead: LeadTrace) -> Bool { showsMarkers || lead.npi != nil }

  /// What is wrong, or nil.
  func fault(of lead: LeadTrace, _ finding: ReadBackFinding) -> Fault? {
    let state = "\(lead.state.rawValue) (batch \(lead.place.batchID), position \(lead.place.position))"
    let (ours, others) = (finding.ours, finding.others)
    func found(_ kind: Mismatch.Kind, _ text: String, _ remedy: String, broken: LeadAccount.Link = .row) -> Fault {
      Fault(kind: kind, finding: "\(state), but \(text)", remedy: remedy, broken: broken)
    }
    let report = "report this fault with the output of `lead-queue inspect --lead \(lead.key.rawValue)`"
    switch demand(of: lead) {
    case .open, .untellable: return nil
    case .oneOfOurs where ours.count > 1:
      return found(
        .crm, "the CRM holds \(ours.count) rows of it: \(LeadAccount.ids(ours))",
        "Remove all but one of these rows in the CRM")
    case .oneOfOurs where ours.isEmpty && !others.isEmpty:
      return found(
        .drift, "the CRM's row \(LeadAccount.ids(others)) is not ours",
        "Somebody removed our row and entered the lead again. Requeued, it is found to be a duplicate; nothing is doubled"
      )
    case .oneOfOurs where ours.isEmpty: return found(.drift, "the CRM does not hold it", gone(lead))
    case .aRow where ours.isEmpty && others.isEmpty:
      return found(.drift, "the CRM does not hold it any more", gone(lead))
    case .aRow where showsMarkers && !ours.isEmpty:
      return found(
        .crm, "the CRM's row \(LeadAccount.ids(ours)) is ours: it counts as created", "Please " + report,
        broken: .answer)
    case .noneOfOurs where !ours.isEmpty && lead.requeuedAt != nil:
      return found(
        .crm, "it was requeued since, and the CRM holds \(LeadAccount.ids(ours)) of ours again",
        "A backup of the CRM was restored, or the row was only hidden: see that the CRM holds the lead once")
    case .noneOfOurs where !ours.isEmpty:
      return found(
        .crm, "the CRM holds \(LeadAccount.ids(ours)) of ours", "Keep the CRM's row and " + report, broken: .answer)
    case .oneOfOurs, .aRow, .noneOfOurs: return nil
    }
  }

  private func gone(_ lead: LeadTrace) -> String {
    let cause = "It was deleted in the CRM, or the CRM lost data: ask its administrator to restore it"
    return mayBeRequeued(lead)
      ? cause + ", or requeue it: `lead-queue verify --repair --reason …`"
      : cause + ". It has no npi: requeue it only where LEAD_CRM_DATABASE_URL shows for certain that it is gone"
  }
}
