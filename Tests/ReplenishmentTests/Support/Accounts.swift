import Database
import Foundation
import LeadStore
import Testing

/// Whether everything in the store agrees with itself and with the CRM.
extension Workshop {
  struct Accounts: Sendable, Equatable {
    var created = 0
    var duplicates = 0
    var rejected = 0
    var released = 0
  }

  private static func practiceName(in body: String) throws -> String {
    struct Body: Decodable {
      var practice_name: String
    }
    return try JSONDecoder().decode(Body.self, from: Data(body.utf8)).practice_name
  }

  /// Nothing twice, nothing lost: every lead of every batch has exactly one final state; the created ones are the CRM's
  /// rows with our marker, each once; counters and ledger say the same; the audit chain is whole.
  @discardableResult
  func requireAccounts(_ comment: Comment, sourceLocation: SourceLocation = #_sourceLocation) async throws -> Accounts {
    crm.settle()
    let ours = crm.rows.filter { $0.marker != nil }
    #expect(Set(ours.map(\.name)).count == ours.count, "twice in the CRM: \(comment)", sourceLocation: sourceLocation)
    let found = try await store.read { transaction in
      let states = try transaction.query(
        "SELECT batch_lead.state, lead.body, lead.state FROM batch_lead JOIN lead ON lead.id = lead_id"
      ) { (state: $0.text(0), name: try Self.practiceName(in: $0.text(1)), leadState: $0.text(2)) }
      let day = try transaction.first(
        "SELECT sum(created), sum(reserved), sum(duplicates), sum(rejected) FROM daily_counter"
      ) { ($0.int(0), $0.int(1), $0.int(2), $0.int(3)) }
      let counts = try transaction.first(
        """
        SELECT (SELECT COALESCE(sum(selected), 0) FROM plan), (SELECT COALESCE(sum(lead_count), 0) FROM batch),
          (SELECT count(*) FROM batch WHERE settled_at IS NULL)
        """
      ) { ($0.int(0), $0.int(1), $0.int(2)) }
      var inconsistencies = 0
      for plan in try PlanTable.selections(after: 0, limit: 100, in: transaction) {
        inconsistencies += try BatchTable.inconsistencies(ofPlan: plan.planID, limit: 10, in: transaction).count
      }
      return (states, day, counts, inconsistencies, try AuditTable.verify(in: transaction).firstBreak)
    }
    let (states, day, counts, inconsistencies, auditBreak) = found
    var accounts = Accounts()
    var created: [String] = []
    for (state, name, leadState) in states {
      switch state {
      case "created":
        accounts.created += 1
        created.append(name)
      case "duplicate": accounts.duplicates += 1
      case "rejected": accounts.rejected += 1
      case "released": accounts.released += 1
      default: Issue.record("a lead without a final state: \(comment)", sourceLocation: sourceLocation)
      }
      if state == "released" {
        #expect(
          leadState == "available" || leadState == "selected" || leadState == "created", sourceLocation: sourceLocation)
      } else {
        #expect(leadState == state, comment, sourceLocation: sourceLocation)
      }
    }
    #expect(created.sorted() == ours.map(\.name).sorted(), comment, sourceLocation: sourceLocation)
    #expect(day?.0 == accounts.created, "created: \(comment)", sourceLocation: sourceLocation)
    #expect(day?.1 == 0, "reserved: \(comment)", sourceLocation: sourceLocation)
    #expect(day?.2 == accounts.duplicates, "duplicates: \(comment)", sourceLocation: sourceLocation)
    #expect(day?.3 == accounts.rejected, "rejected: \(comment)", sourceLocation: sourceLocation)
    #expect(counts?.0 == states.count, "selected: \(comment)", sourceLocation: sourceLocation)
    #expect(counts?.1 == states.count, "leads of batches: \(comment)", sourceLocation: sourceLocation)
    #expect(counts?.2 == 0, "open batches: \(comment)", sourceLocation: sourceLocation)
    #expect(inconsistencies == 0, "books: \(comment)", sourceLocation: sourceLocation)
    #expect(auditBreak == nil, comment, sourceLocation: sourceLocation)
    return accounts
  }
}
