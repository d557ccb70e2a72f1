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

  /// Whether the CRM can tell anything about the lead.
  func canBeCompared(_ detail: BatchLeadDetail) -> Bool {
    switch demand(of: detail) {
    case .oneOfOurs, .aRow, .noneOfOurs: true
    case .open, .untellable: false
    }
  }

  func demand(of detail: BatchLeadDetail) -> Demand {
    let lead = detail.lead
    switch lead.state {
    case .created: return .oneOfOurs
    case .duplicate: return .aRow
    // A lead that was given back may have gone up in a later batch, under that batch's marker.
    case .released where !showsMarkers && ![.available, .withdrawn].contains(detail.catalogState):
      return .untellable
    case .rejected, .released: return .noneOfOurs
    // One that was sent and not found may still appear; its job takes care of it.
    case .pending: return lead.requests == 0 ? .noneOfOurs : .open
    case .unresolved: return .open
    }
  }

  /// What is wrong, or nil.
  func mismatch(of detail: BatchLeadDetail, _ finding: ReadBackFinding) -> Mismatch? {
    let key = detail.lead.key.rawValue
    let state = "\(detail.lead.state.rawValue) (batch \(detail.batchID), position \(detail.lead.position))"
    func found(_ text: String, remedy: String) -> Mismatch {
      Mismatch(subject: key, finding: "\(state), but \(text)", remedy: remedy)
    }
    switch demand(of: detail) {
    case .open, .untellable: return nil
    case .oneOfOurs where finding.ours.count > 1:
      return found(
        "the CRM holds \(finding.ours.count) rows of it: \(Self.ids(finding.ours))",
        remedy: "Remove all but one of these rows in the CRM")
    case .oneOfOurs where finding.ours.isEmpty && !finding.others.isEmpty:
      return found(
        "the CRM's row \(Self.ids(finding.others)) is not ours",
        remedy: "Somebody removed our row and entered the lead again: nothing needs to be done")
    case .oneOfOurs where finding.ours.isEmpty:
      return found(
        "the CRM does not hold it",
        remedy: "It was deleted in the CRM, or the CRM lost data: ask its administrator to restore it")
    case .aRow where finding.ours.isEmpty && finding.others.isEmpty:
      return found(
        "the CRM does not hold it any more",
        remedy: "It was deleted in the CRM, or the CRM lost data: ask its administrator to restore it")
    case .aRow where showsMarkers && !finding.ours.isEmpty:
      return found(
        "the CRM's row \(Self.ids(finding.ours)) is ours: it counts as created",
        remedy: "Report this fault with the output of `lead-queue inspect --lead \(key)`")
    case .noneOfOurs where !finding.ours.isEmpty:
      return found(
        "the CRM holds \(Self.ids(finding.ours)) of ours",
        remedy: "Keep the CRM's row and report this fault with the output of `lead-queue inspect --lead \(key)`")
    case .oneOfOurs, .aRow, .noneOfOurs: return nil
    }
  }

  private static func ids(_ ids: [Int64]) -> String { ids.map(String.init).joined(separator: ", ") }
}
