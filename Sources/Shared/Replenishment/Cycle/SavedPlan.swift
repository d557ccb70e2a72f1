package import LeadStore
import Leads
package import Planning
package import Timekeeping

/// A plan with everything it rests on, as it would be committed now: the leads it chose, and what it found where it was made.
package struct PlanDraft: Sendable, Equatable, Codable {
  /// A source file as it was when it was read.
  package struct Source: Sendable, Equatable, Codable {
    package var path: String
    package var fingerprint: String?
  }

  /// A chosen lead; nothing of its content.
  package struct ChosenLead: Sendable, Equatable, Codable {
    package var key: String
    package var leadClass: String
    package var score: Int

    private enum CodingKeys: String, CodingKey {
      case key
      case leadClass = "class"
      case score
    }
  }

  package var storeID: String
  package var crm: String
  package var sources: [Source]
  /// The latest entry of the audit trail: where the store's books stood.
  package var auditEntry: Int64
  package var plan: Plan
  /// In the order in which they are sent.
  package var leads: [ChosenLead]

  private enum CodingKeys: String, CodingKey {
    case storeID = "store_id"
    case crm, sources
    case auditEntry = "audit_entry"
    case plan, leads
  }

  package init(
    storeID: String, crm: String, sources: [SourceRow], auditEntry: Int64, plan: Plan, leads: [SelectedLead]
  ) {
    self.storeID = storeID
    self.crm = crm
    self.sources = sources.map { Source(path: $0.path, fingerprint: $0.fingerprint) }
    self.auditEntry = auditEntry
    self.plan = plan
    self.leads = leads.map { ChosenLead(key: $0.key.rawValue, leadClass: $0.leadClass.rawValue, score: $0.score) }
  }
}

/// A plan that was put aside to be looked at, and to be carried out as it is or not at all.
package struct SavedPlan: Sendable, Equatable, Codable {
  /// Of the document; raised when an older program could not read it rightly.
  package static let formatVersion = 1
  /// How long a plan may wait, by the wall clock.
  package static let ageMax = Duration.seconds(86_400)

  package var format: Int
  /// A random name: it is carried out once.
  package var id: String
  package var savedAt: Timestamp
  package var savedBy: String
  package var draft: PlanDraft

  private enum CodingKeys: String, CodingKey {
    case format, id
    case savedAt = "saved_at_ms"
    case savedBy = "saved_by"
    case draft
  }

  package init(id: String, savedAt: Timestamp, savedBy: String, draft: PlanDraft) {
    format = Self.formatVersion
    self.id = id
    self.savedAt = savedAt
    self.savedBy = savedBy
    self.draft = draft
  }
}

/// Why a saved plan is not carried out.
package struct PlanRefusal: Error, Sendable, Equatable, CustomStringConvertible {
  /// In the order in which they were found; at least one.
  package var reasons: [String]
  /// Whether the same plan may still be carried out later: only a rule that ends by itself stands against it.
  package var isTemporary: Bool

  package init(_ reasons: [String], isTemporary: Bool = false) {
    self.reasons = reasons
    self.isTemporary = isTemporary
  }

  package var description: String {
    (isTemporary ? "Plan not carried out now: " : "Plan refused as stale: ") + reasons.joined(separator: "; ")
  }
}
