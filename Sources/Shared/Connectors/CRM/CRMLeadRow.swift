import Leads
import Timekeeping

/// What we need of one lead in the CRM's list. Fields that the CRM does not show stay nil.
struct CRMLeadRow: Decodable, Sendable {
  var id: Int64
  var npi: String?
  var status: String?
  var priority: String?
  var isAssigned: Bool
  /// Nil when the list does not show `times_recycled`.
  var timesRecycled: Int?
  var closedAt: String?
  var updatedAt: String?
  var owner: String?
  var practice: String?
  var phone: String?
  var zip: String?
  var state: String?
  /// Whether the list shows `state`.
  var showsState: Bool
  /// `scoring_breakdown.lead_queue`, where the list shows it.
  var marker: String?

  private enum Field: String, CodingKey {
    case id, npi, status, priority
    case assignedUserID = "assigned_user_id"
    case assignedTo = "assigned_to"
    case timesRecycled = "times_recycled"
    case closedAt = "closed_at"
    case updatedAt = "updated_at"
    case owner = "owner_name"
    case practice = "practice_name"
    case phone = "practice_phone"
    case zip = "zip_code"
    case state
    case scoringBreakdown = "scoring_breakdown"
  }

  private enum Breakdown: String, CodingKey {
    case marker = "lead_queue"
  }

  init(from decoder: any Decoder) throws {
    let row = try decoder.container(keyedBy: Field.self)
    id = try row.decode(Int64.self, forKey: .id)
    npi = try row.decodeIfPresent(String.self, forKey: .npi)
    // May be null, but not absent: without status, priority and assignment a stock would be a guess.
    status = try row.decode(String?.self, forKey: .status)
    priority = try row.decode(String?.self, forKey: .priority)
    let assignment: Field = row.contains(.assignedUserID) ? .assignedUserID : .assignedTo
    isAssigned = try !row.decodeNil(forKey: assignment)
    timesRecycled = try row.decodeIfPresent(Int.self, forKey: .timesRecycled)
    closedAt = try row.decodeIfPresent(String.self, forKey: .closedAt)
    updatedAt = try row.decodeIfPresent(String.self, forKey: .updatedAt)
    owner = try row.decodeIfPresent(String.self, forKey: .owner)
    practice = try row.decodeIfPresent(String.self, forKey: .practice)
    phone = try row.decodeIfPresent(String.self, forKey: .phone)
    zip = try row.decodeIfPresent(String.self, forKey: .zip)
    state = try row.decodeIfPresent(String.self, forKey: .state)
    showsState = row.contains(.state)
    // Stored as given: somebody else's may be any JSON, and then it is not our marker. Null is the most frequent, and an error
    // for each row would cost more than the rest of it.
    let showsBreakdown = try row.contains(.scoringBreakdown) && !row.decodeNil(forKey: .scoringBreakdown)
    let breakdown =
      showsBreakdown ? try? row.nestedContainer(keyedBy: Breakdown.self, forKey: .scoringBreakdown) : nil
    marker = try? breakdown?.decodeIfPresent(String.self, forKey: .marker)
  }
}
