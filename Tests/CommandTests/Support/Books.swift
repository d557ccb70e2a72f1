import Database
import Testing

/// What the store says became of the leads that were ever selected.
struct Books: Sendable, Equatable {
  /// Practice names, sorted; also of leads that a store learnt of after it was put back from a backup.
  var created: [String] = []
  /// Of those, the ones that a batch accounts for.
  var settled = 0
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
        SELECT state FROM batch_lead
        """, []
      ) { row in
        switch row.text(0) {
        case "created": books.settled += 1
        case "duplicate": books.duplicates += 1
        case "rejected": books.rejected += 1
        case "released": books.released += 1
        default: books.open += 1
        }
      }
      // Texts are JSON to SQLite as they are.
      let body = connection.dialect == .sqlite ? "body" : "CAST(body AS json)"
      books.created = try connection.query(
        "SELECT \(body) ->> 'practice_name' FROM lead WHERE state = 'created' AND source_id IS NOT NULL"
      ) { $0.text(0) }.sorted()
      books.selected = try connection.first("SELECT COALESCE(sum(selected), 0) FROM plan") { $0.int(0) } ?? 0
      return books
    }
  }

  /// What is wrong with the books, in words: every lead that was selected has its final state, the created ones are the rows
  /// of the CRM, each once, and the counters say the same.
  func bookFindings() throws -> (books: Books, findings: [String]) {
    let books = try books()
    let rows = try crm?.uploadedNames() ?? []
    var findings: [String] = []
    func claim(_ holds: Bool, _ text: String) {
      if !holds { findings.append(text) }
    }
    let twice = Dictionary(grouping: rows, by: \.self).filter { $0.value.count > 1 }.keys.sorted()
    claim(twice.isEmpty, "in the CRM twice: \(twice)")
    let (known, there) = (Set(books.created), Set(rows))
    claim(
      known == there, "in the CRM only: \(there.subtracting(known)); in the books only: \(known.subtracting(there))")
    claim(books.created.count == rows.count, "\(books.created.count) created, \(rows.count) rows")
    claim(books.open == 0, "\(books.open) leads without a final state")
    let final = books.settled + books.duplicates + books.rejected + books.released
    claim(final + books.open == books.selected, "\(books.selected) selected, \(final + books.open) accounted for")
    let sums = try store { connection in
      try connection.first("SELECT sum(created), sum(reserved) FROM daily_counter") {
        ($0.optionalInt(0) ?? 0, $0.optionalInt(1) ?? 0)
      }
    }
    claim(sums?.0 ?? 0 == rows.count, "the daily counters say \(sums?.0 ?? 0) created, the CRM holds \(rows.count)")
    claim(sums?.1 ?? 0 == 0, "\(sums?.1 ?? 0) leads of quota are still reserved")
    let ledger = try number(
      """
      SELECT sum(amount) FROM ledger LEFT JOIN lead ON lead.id = ledger.lead_id
      WHERE entry = 'created' OR (entry = 'imported' AND lead.source_id IS NOT NULL)
      """)
    claim(ledger == rows.count, "the ledger says \(ledger) created, the CRM holds \(rows.count)")
    return (books, findings)
  }

  /// Nothing twice, nothing lost: there are no `bookFindings`. Returns the books.
  @discardableResult
  func requireBooksMatchCRM(sourceLocation: SourceLocation = #_sourceLocation) throws -> Books {
    let (books, findings) = try bookFindings()
    #expect(findings == [], sourceLocation: sourceLocation)
    return books
  }
}

extension Site {
  /// As a user would make sure: `lead-queue verify` finds every selected lead accounted for and once in the CRM, and the
  /// audit trail is whole.
  func requireVerified(sourceLocation: SourceLocation = #_sourceLocation) async throws {
    let findings = try await verificationFindings()
    #expect(findings == [], sourceLocation: sourceLocation)
  }

  /// What `lead-queue verify` and `audit verify` say where they do not pass.
  func verificationFindings() async throws -> [String] {
    var findings: [String] = []
    for words in [["verify"], ["audit", "verify"]] {
      let ended = try await run("lead-queue", words + ["--config", Self.configuration])
      if ended.status != 0 { findings.append("\(words): exit \(ended.status): \(ended.output)\(ended.errors)") }
    }
    return findings
  }
}
