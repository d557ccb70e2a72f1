import Database

/// What became of the rows of one bulk request.
struct BulkImport: Sendable {
  /// Positions in the request.
  private(set) var created: [Int] = []
  private(set) var duplicates: [(index: Int, existingID: Int64)] = []

  /// The whole request was rolled back. `text` holds personal data of a lead, as in the real CRM (trap 1).
  struct Failure: Error {
    let text: String
  }

  /// Stores the rows whose npi is new, in the caller's transaction. Throws `Failure` for every reason for which the
  /// real CRM's database refuses a row: the caller rolls back.
  static func run(_ rows: [LeadRow], _ connection: any Connection) throws -> BulkImport {
    // The empty text is false in Python: such a row is not looked up, and meets the unique constraint.
    let keys = rows.compactMap(\.npi).filter { !$0.isEmpty }
    if let row = rows.first(where: { $0.npi?.holdsNUL ?? false }) { throw failure(.nulCharacter, row) }
    let existing = try LeadsTable.ids(ofNPIs: keys, connection)
    var result = BulkImport()
    var new: [LeadRow] = []
    for (index, row) in rows.enumerated() {
      if let npi = row.npi, let id = existing[npi] {
        result.duplicates.append((index, id))
      } else {
        if let poison = row.poison { throw failure(poison, row) }
        result.created.append(index)
        new.append(row)
      }
    }
    do {
      try LeadsTable.insert(new, at: try CRMMoment.read(connection), connection)
    } catch DatabaseError.constraint(.unique, _) {
      throw Failure(text: uniqueViolation(repeated(new) ?? new[0]))
    }
    return result
  }

  func json(of rows: [LeadRow]) -> JSONValue {
    .object([
      "summary": .object([
        "total_submitted": .int(rows.count), "created": .int(created.count), "failed": .int(0),
        "duplicates": .int(duplicates.count),
      ]),
      "created_leads": .array(
        created.map { index in
          .object([
            "index": .int(index), "practice_name": .text(rows[index].practiceName),
            "score": .optional(rows[index].integer("score")), "priority": .text(rows[index].priority),
          ])
        }),
      "failed_leads": .array([]),
      "duplicate_npis": .array(
        duplicates.map { duplicate in
          .object([
            "index": .int(duplicate.index), "npi": .optional(rows[duplicate.index].npi),
            "practice_name": .text(rows[duplicate.index].practiceName), "existing_id": .integer(duplicate.existingID),
          ])
        }),
    ])
  }

  /// The first row whose npi another row before it has; nil when an empty npi met one in the table.
  private static func repeated(_ rows: [LeadRow]) -> LeadRow? {
    var seen: Set<String> = []
    return rows.first { row in row.npi.map { !seen.insert($0).inserted } ?? false }
      ?? rows.first { $0.npi == "" }
  }

  private static func uniqueViolation(_ row: LeadRow) -> String {
    """
    (psycopg2.errors.UniqueViolation) duplicate key value violates unique constraint "leads_npi_key"
    DETAIL:  Key (npi)=(\(row.npi ?? "")) already exists.

    \(statement(row))
    """
  }

  private static func failure(_ poison: LeadRow.Poison, _ row: LeadRow) -> Failure {
    switch poison {
    case .nulCharacter:
      Failure(text: "A string literal cannot contain NUL (0x00) characters.\n\(statement(row))")
    case .integerOutOfRange:
      Failure(text: "(psycopg2.errors.NumericValueOutOfRange) integer out of range\n\n\(statement(row))")
    }
  }

  /// As SQLAlchemy reports a failed statement: with its parameters.
  private static func statement(_ row: LeadRow) -> String {
    let parameters =
      [("npi", row.npi), ("practice_name", row.practiceName)]
      + LeadRow.textFields.map { ($0, row.texts[$0]) }
    let listed = parameters.map { "'\($0)': \($1.map { "'\($0)'" } ?? "None")" }.joined(separator: ", ")
    return
      "[SQL: INSERT INTO leads (npi, practice_name, ...) VALUES (...) RETURNING leads.id]\n[parameters: {\(listed)}]"
  }
}
