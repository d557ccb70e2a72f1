import Leads

/// The CRM's answer to a bulk request, by the table of the contract.
///
/// Nothing of an error answer's body is kept: it may hold leads.
enum BulkAnswer {
  /// An answer that settles the request, for any status but 401 and 403, which first deserve a new login.
  static func classified(_ answer: HTTPAnswer, rowCount: Int) -> UploadAnswer {
    switch answer.status {
    case 200:
      guard let outcomes = outcomes(answer.body, rowCount: rowCount) else {
        return .unknown(reason: "the answer (200) is unreadable, or its sums do not agree with what was sent")
      }
      return .processed(outcomes)
    case 400: return refusal(answer.body)
    case 422: return invalidRows(answer.body, rowCount: rowCount)
    case 429: return .rateLimited(retryAfter: RateLimit.retryAfter(answer))
    case 500 where isRolledBack(answer.body): return .rolledBack
    case 300..<400:
      return .refused(
        reason: "the CRM redirects (\(answer.status)): crm.base_url or crm.bulk_path is not its own address")
    // A proxy's words for a request that was cut short.
    case 408, 425, 499: return .unknown(reason: "the answer is \(answer.status)")
    case 404, 405: return .refused(reason: "no bulk upload at crm.bulk_path (\(answer.status))")
    case 413: return .refused(reason: "the request is too long (413): lower crm.batch_size")
    case 400..<500: return .refused(reason: "the answer is \(answer.status)")
    default: return .unknown(reason: "the answer is \(answer.status)")
    }
  }

  // MARK: 200

  private struct Processed: Decodable {
    struct Summary: Decodable {
      var total_submitted: Int
      var created: Int
      var failed: Int
      var duplicates: Int
    }
    struct Row: Decodable {
      var index: Int
    }
    struct Duplicate: Decodable {
      var index: Int
      var existing_id: Int64?
    }
    var summary: Summary
    var created_leads: [Row]
    var failed_leads: [Row]
    var duplicate_npis: [Duplicate]
  }

  /// One outcome a row; nil unless every row has exactly one and the sums agree.
  private static func outcomes(_ body: [UInt8], rowCount: Int) -> [RowOutcome]? {
    guard let answer = CRMJSON.decode(Processed.self, body) else { return nil }
    let summary = answer.summary
    guard
      summary.total_submitted == rowCount, summary.created == answer.created_leads.count,
      summary.failed == answer.failed_leads.count, summary.duplicates == answer.duplicate_npis.count,
      summary.created + summary.failed + summary.duplicates == rowCount
    else { return nil }
    var outcomes = [RowOutcome?](repeating: nil, count: rowCount)
    func record(_ outcome: RowOutcome, at index: Int) -> Bool {
      guard outcomes.indices.contains(index), outcomes[index] == nil else { return false }
      outcomes[index] = outcome
      return true
    }
    let agree =
      answer.created_leads.allSatisfy { record(.created, at: $0.index) }
      // The CRM's own text of the reason may quote the lead.
      && answer.failed_leads.allSatisfy { record(.failed(reason: "refused by the CRM"), at: $0.index) }
      && answer.duplicate_npis.allSatisfy { record(.duplicate(existingID: $0.existing_id), at: $0.index) }
    // As many outcomes as rows, none twice: none is missing.
    return agree ? outcomes.compactMap(\.self) : nil
  }

  // MARK: Errors

  private struct Detail: Decodable {
    var detail: String
  }

  private static func isRolledBack(_ body: [UInt8]) -> Bool {
    CRMJSON.decode(Detail.self, body)?.detail.hasPrefix("Bulk import failed") ?? false
  }

  private static func refusal(_ body: [UInt8]) -> UploadAnswer {
    let detail = CRMJSON.decode(Detail.self, body)?.detail.lowercased() ?? ""
    if detail.hasPrefix("maximum") { return .refused(reason: "too many rows in one request: lower crm.batch_size") }
    // No fault of the leads: protected routes answer so to a user who was switched off.
    if detail.contains("inactive") { return .forbidden(reason: "the CRM's account is inactive") }
    return .refused(reason: "the answer is 400")
  }

  private struct Invalid: Decodable {
    struct Item: Decodable {
      var loc: [Place]
      var type: String
    }
    var detail: [Item]
  }

  /// One step of a `loc`: a name or a position.
  private enum Place: Decodable {
    case name(String)
    case position(Int)

    init(from decoder: any Decoder) throws {
      let container = try decoder.singleValueContainer()
      if let position = try? container.decode(Int.self) {
        self = .position(position)
      } else {
        self = .name(try container.decode(String.self))
      }
    }
  }

  /// Field and kind of mistake for each row; the mistaken value (`input`) is not even decoded.
  private static func invalidRows(_ body: [UInt8], rowCount: Int) -> UploadAnswer {
    guard let answer = CRMJSON.decode(Invalid.self, body) else {
      return .refused(reason: "the answer is 422, unreadable")
    }
    var reasons: [Int: [String]] = [:]
    for item in answer.detail {
      guard item.loc.count >= 2, case .position(let row) = item.loc[1], (0..<rowCount).contains(row) else { continue }
      var field = "record"
      if item.loc.count > 2, case .name(let name) = item.loc[2] { field = constant(name) }
      reasons[row, default: []].append("\(field): \(constant(item.type))")
    }
    guard !reasons.isEmpty else { return .refused(reason: "the answer is 422 and names no row") }
    return .invalidRows(reasons.mapValues { $0.prefix(5).joined(separator: "; ") })
  }

  /// A name out of the CRM's own program, or `?` for what cannot be one.
  private static func constant(_ text: String) -> String {
    let isName = text.utf8.allSatisfy { byte in
      (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) || byte == UInt8(ascii: "_") || byte == UInt8(ascii: ".")
    }
    return isName && (1...40).contains(text.utf8.count) ? text : "?"
  }
}
