import Database
import Testing

/// What the store says became of the leads that were ever selected.
struct Books: Sendable, Equatable {
  /// Practice names, sorted.
  var created: [String] = []
  var duplicates = 0
  var rejected = 0
  var released = 0
  /// Neither here nor there: pending or unresolved.
  var open = 0
  var selected = 0
}

extension Site {
  func books() throws -> Books {
    try store { connection in
      var books = Books()
      try connection.forEachRow(
        """
        SELECT batch_lead.state, lead.body ->> 'practice_name' FROM batch_lead JOIN lead ON lead.id = batch_lead.lead_id
        """, []
      ) { row in
        switch row.text(0) {
        case "created": books.created.append(row.text(1))
        case "duplicate": books.duplicates += 1
        case "rejected": books.rejected += 1
        case "released": books.released += 1
        default: books.open += 1
        }
      }
      books.created.sort()
      books.selected = try connection.first("SELECT COALESCE(sum(selected), 0) FROM plan") { $0.int(0) } ?? 0
      return books
    }
  }

  /// Nothing twice, nothing lost: every lead that was selected has its final state, the created ones are the rows of the
  /// CRM, each once, and the counters say the same. Returns the books.
  @discardableResult
  func requireBooksMatchCRM(sourceLocation: SourceLocation = #_sourceLocation) throws -> Books {
    let books = try books()
    let rows = try #require(crm, sourceLocation: sourceLocation).uploadedNames()
    #expect(Set(rows).count == rows.count, "a lead is in the CRM twice", sourceLocation: sourceLocation)
    #expect(rows == books.created, sourceLocation: sourceLocation)
    #expect(books.open == 0, "leads without a final state", sourceLocation: sourceLocation)
    #expect(
      books.created.count + books.duplicates + books.rejected + books.released == books.selected,
      sourceLocation: sourceLocation)
    let created = try number("SELECT sum(created) FROM daily_counter")
    let reserved = try number("SELECT sum(reserved) FROM daily_counter")
    #expect(created == rows.count, "the daily counters", sourceLocation: sourceLocation)
    #expect(reserved == 0, "reserved quota", sourceLocation: sourceLocation)
    let ledger = try number("SELECT sum(amount) FROM ledger WHERE entry = 'created'")
    #expect(ledger == rows.count, "the ledger", sourceLocation: sourceLocation)
    return books
  }
}

extension Site {
  /// As a user would make sure: `lead-queue verify` finds every selected lead accounted for and once in the CRM, and the
  /// audit trail is whole.
  func requireVerified(sourceLocation: SourceLocation = #_sourceLocation) async throws {
    for words in [["verify"], ["audit", "verify"]] {
      let ended = try await run("lead-queue", words + ["--config", Self.configuration])
      #expect(ended.status == 0, "\(ended.output)\(ended.errors)", sourceLocation: sourceLocation)
    }
  }
}
