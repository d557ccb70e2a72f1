/// One answer of the CRM, before it is put on the wire.
struct Answer: Sendable {
  var status: Int
  var contentType = "application/json"
  var body: [UInt8]
  /// Every answer but the 429 carries `x-request-id`.
  var carriesRequestID = true

  init(_ status: Int, _ json: JSONValue) {
    self.status = status
    body = JSONWriter.bytes(of: json)
  }

  init(_ status: Int, body: [UInt8], contentType: String = "application/json") {
    self.status = status
    self.body = body
    self.contentType = contentType
  }

  static func detail(_ status: Int, _ text: String) -> Answer {
    Answer(status, .object(["detail": .text(text)]))
  }

  static func invalid(_ issues: [ValidationIssue]) -> Answer {
    Answer(422, .object(["detail": .array(issues.map(\.json))]))
  }

  static let notAuthenticated = detail(403, "Not authenticated")
  static let invalidToken = detail(401, "Invalid token")
  static let notFound = detail(404, "Not Found")
  static let methodNotAllowed = detail(405, "Method Not Allowed")

  /// The real CRM always says 60.
  static func rateLimited(retryAfter seconds: Int) -> Answer {
    var answer = Answer(429, .object(["error": .text("Rate limit exceeded"), "retry_after": .int(seconds)]))
    answer.carriesRequestID = false
    return answer
  }

  /// The form of an unexpected failure. It says nothing of what was committed.
  static func internalError(requestID: String, timestamp: String) -> Answer {
    Answer(
      500,
      .object([
        "error": .text("Internal server error"), "request_id": .text(requestID), "timestamp": .text(timestamp),
      ]))
  }

  /// What a proxy or a maintenance page says in the CRM's place.
  static let webPage = Answer(
    200, body: Array("<!DOCTYPE html>\n<html><head><title>CRM</title></head><body>Please wait.</body></html>\n".utf8),
    contentType: "text/html; charset=utf-8")
}
