import Foundation
import Leads
import Timekeeping

@testable import Connectors

/// What the CRM answers, true or not.
extension Surface {
  /// Answers to bulk requests: status, row count, header, body.
  static let bulkAnswers = Surface("bulk-answers", examples: AnswerCheck.bulk) { bytes in
    var choices = Choices(bytes)
    let status = AnswerCheck.statuses[choices.choose(AnswerCheck.statuses.count)]
    let rowCount = choices.choose(5)
    let answer = BulkAnswer.classified(
      HTTPAnswer(status: status, retryAfter: nil, body: Array(choices.rest)), rowCount: rowCount)
    try requireSilence(["\(answer)"])
    switch answer {
    case .processed(let outcomes):
      try require(status == 200 && outcomes.count == rowCount, "not one outcome a row")
    case .invalidRows(let reasons):
      try require(status == 422 && reasons.keys.allSatisfy { (0..<rowCount).contains($0) }, "a row that was not sent")
      try require(reasons.values.allSatisfy { !$0.isEmpty && $0.utf8.count < 500 }, "a reason is empty or endless")
    case .rateLimited(let wait):
      try require(status == 429 && wait >= .seconds(1) && wait <= .seconds(300), "a wait out of bounds")
    case .rolledBack: try require(status == 500, "rolled back")
    case .refused, .forbidden: try require(status < 500, "a fault of the CRM's is taken for ours")
    case .unknown: break
    case .notSent, .authenticationFailed: throw Finding(description: "an answer to a request that did not leave")
    }
  }

  /// The list of leads, which arrives in pieces.
  static let leadLists = Surface("lead-lists", examples: AnswerCheck.lists) { bytes in
    var choices = Choices(bytes)
    let size = 1 + choices.choose(40)
    let body = Array(choices.rest)
    let whole = try AnswerCheck.leads(body, size: max(1, body.count))
    let pieces = try AnswerCheck.leads(body, size: size)
    try require(whole.rows == pieces.rows && whole.error == pieces.error, "pieces make a difference")
    try requireSilence([whole.error ?? ""])
  }

  /// Health, login, rate limits, and the times in answers.
  static let otherAnswers = Surface("other-answers", examples: AnswerCheck.others) { bytes in
    var choices = Choices(bytes)
    let status = AnswerCheck.statuses[choices.choose(AnswerCheck.statuses.count)]
    let text = String(decoding: choices.rest, as: UTF8.self)
    let answer = HTTPAnswer(status: status, retryAfter: text, body: Array(choices.rest))
    if let health = CRMHealthAnswer(answer) { try require(status == 200 && !health.status.isEmpty, "health") }
    do {
      let token = try CRMLoginDesk.token(in: answer)
      try require(token.text.utf8.allSatisfy { (0x21...0x7E).contains($0) }, "a token that breaks a header line")
      try requireSilence([CRMSession.forbidden(token.role)])
    } catch let error as CRMError {
      try requireSilence(["\(error)"])
    }
    for header in [text, nil] {
      let wait = RateLimit.retryAfter(HTTPAnswer(status: 429, retryAfter: header, body: Array(choices.rest)))
      try require(wait >= .seconds(1) && wait <= .seconds(300), "a wait out of bounds")
    }
    if let time = CRMTime.parse(text) {
      // Years 0 to 9999, with hours, minutes and seconds of two digits each.
      try require(abs(time.milliseconds) < 300_000_000_000_000, "a time out of bounds")
    }
    try requireSilence(["\(CRMSession.error(answer, path: "/x", role: text))"])
  }
}

private enum AnswerCheck {
  static let statuses = [200, 422, 400, 429, 500, 302, 404, 413, 408, 502, 0]

  /// The first byte chooses the status, the second one the number of rows.
  static let bulk = [
    "\u{0}\u{3}"
      + #"{"summary":{"total_submitted":3,"created":1,"failed":1,"duplicates":1},"created_leads":[{"index":0,"id":7}],"#
      + #""failed_leads":[{"index":1,"error":"CANARY7Q"}],"duplicate_npis":[{"index":2,"existing_id":5,"npi":"CANARY7Q"}]}"#,
    "\u{1}\u{3}"
      + #"{"detail":[{"type":"string_type","loc":["body",1,"npi"],"msg":"CANARY7Q","input":"CANARY7Q"},"#
      + #"{"type":"CANARY7Q","loc":["body",2,"CANARY7Q",0],"input":{"a":1}}]}"#,
    "\u{2}\u{1}" + #"{"detail":"Maximum 1000 leads per request CANARY7Q"}"#,
    "\u{2}\u{1}" + #"{"detail":"Inactive user CANARY7Q"}"#,
    "\u{3}\u{1}" + #"{"detail":"CANARY7Q","retry_after":12.5}"#,
    "\u{4}\u{1}" + #"{"detail":"Bulk import failed: CANARY7Q"}"#, "\u{9}\u{1}<html>CANARY7Q</html>",
    "\u{0}\u{1}"
      + #"{"summary":{"total_submitted":9223372036854775807,"created":9223372036854775807,"failed":1,"duplicates":1},"#
      + #""created_leads":[],"failed_leads":[],"duplicate_npis":[]}"#,
  ]

  static let lists = [
    "\u{5}" + #"[{"id":1,"npi":"CANARY7Q","status":"new","priority":"A+ Priority","assigned_user_id":null,"#
      + #""times_recycled":0,"closed_at":"2026-01-31T08:15:00.123456","scoring_breakdown":{"lead_queue":"s:1:2"}}]"#,
    "\u{1}" + #" [ {"id":2,"status":null,"priority":null,"assigned_to":3,"owner_name":"C\"}]\\","zip_code":"06101"} , "#
      + #"{"id":3,"status":"closed_won","priority":"B","assigned_to":{"id":4},"scoring_breakdown":[1,"CANARY7Q"]} ]"#,
    "\u{9}[]", "\u{2}[{}]", #"[{"id":"CANARY7Q"}]"#, "\u{3}[{\"a\":[[[[[[{}]]]]]]},,{]",
  ]

  static let others = [
    "\u{0}" + #"{"status":"healthy","database":"connected","database_stats":{"total_leads":10,"active_agents":2}}"#,
    "\u{0}" + #"{"access_token":"t.1-x","user":{"role":"manager"}}"#,
    "\u{0}" + #"{"access_token":"a\r\nX: CANARY7Q","user":{"role":"CANARY7Q"}}"#, "\u{3}" + #"{"retry_after": 1e300}"#,
    "\u{3}12.5", "\u{3}nan", "\u{0}2026-01-31T08:15:00.123456+05:30", "\u{0}0000-01-00 99:99:99Z",
  ]

  static func leads(_ body: [UInt8], size: Int) throws -> (rows: [String], error: String?) {
    var rows: [String] = []
    var reader = LeadListReader()
    do {
      for start in stride(from: 0, to: body.count, by: size) {
        try body[start..<min(start + size, body.count)].withUnsafeBytes {
          try reader.add($0) { rows.append("\($0)") }
        }
      }
      try reader.finish { rows.append("\($0)") }
      return (rows, nil)
    } catch let error as LeadListReader.Unreadable {
      return (rows, "\(error)")
    }
  }
}
