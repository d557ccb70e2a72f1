import Database

extension CRMService {
  static let rowsPerRequestMax = 1000

  /// `POST /api/v1/leads/bulk`: one transaction for all rows, then redistribution, then the answer.
  func bulk(_ request: CRMRequest) async throws -> Outcome {
    // FastAPI parses JSON before it looks at the token, and checks types after it.
    let body: JSONValue
    switch request.json() {
    case .failure(let refusal): return Outcome(answer: refusal.answer)
    case .success(let value): body = value
    }
    if case .failure(let refusal) = try await officeUser(of: request) { return Outcome(answer: refusal.answer) }
    let rows: [LeadRow]
    switch Self.rows(body) {
    case .failure(let findings): return Outcome(answer: .invalid(findings.issues))
    case .success(let valid): rows = valid
    }
    guard rows.count <= Self.rowsPerRequestMax else {
      return Outcome(answer: .detail(400, "Maximum \(Self.rowsPerRequestMax) leads allowed per bulk import"))
    }
    let result: BulkImport
    do {
      result = try await database.transaction { try BulkImport.run(rows, $0) }
    } catch let failure as BulkImport.Failure {
      return Outcome(answer: .detail(500, "Bulk import failed: \(failure.text)"))
    }
    try await database.noteCommitted(rows: result.created.count)
    try await redistribute()
    return Outcome(answer: Answer(200, result.json(of: rows)), created: result.created.count)
  }

  private static func rows(_ body: JSONValue) -> Result<[LeadRow], LeadInput.Findings> {
    guard case .array(let elements) = body else {
      return .failure(
        LeadInput.Findings(issues: [
          ValidationIssue(
            type: "list_type", location: [.text("body")], message: "Input should be a valid list", input: body)
        ]))
    }
    var rows: [LeadRow] = []
    rows.reserveCapacity(elements.count)
    var issues: [ValidationIssue] = []
    for (index, element) in elements.enumerated() {
      switch LeadInput.row(element, at: [.text("body"), .int(index)]) {
      case .success(let row): rows.append(row)
      case .failure(let findings): issues += findings.issues
      }
    }
    return issues.isEmpty ? .success(rows) : .failure(LeadInput.Findings(issues: issues))
  }

  /// `POST /api/v1/leads`: one lead, without redistribution.
  func createOne(_ request: CRMRequest) async throws -> Outcome {
    let body: JSONValue
    switch request.json() {
    case .failure(let refusal): return Outcome(answer: refusal.answer)
    case .success(let value): body = value
    }
    if case .failure(let refusal) = try await officeUser(of: request) { return Outcome(answer: refusal.answer) }
    let row: LeadRow
    switch LeadInput.row(body, at: [.text("body")]) {
    case .failure(let findings): return Outcome(answer: .invalid(findings.issues))
    case .success(let valid): row = valid
    }
    return try await database.transaction { connection in
      let result = try BulkImport.run([row], connection)
      if let duplicate = result.duplicates.first {
        return Outcome(
          answer: .detail(400, "Lead with NPI \(row.npi ?? "") already exists (ID: \(duplicate.existingID))"))
      }
      let created = try LeadsTable.newest(connection)
      return Outcome(answer: Answer(200, created.map { .object($0) } ?? .null), created: 1)
    }
  }
}
