/// A request as it arrived, with its whole body.
struct CRMRequest: Sendable {
  var method: String
  var path: String
  var query: [String: String] = [:]
  var authorization: String?
  var contentType: String?
  var address = ""
  var body: [UInt8] = []

  /// The body as JSON, or the answer FastAPI gives instead of reading further. A body that is not UTF-8 (gzip) is a
  /// 400.
  func json() -> Result<JSONValue, Refusal> {
    guard String(validating: body, as: UTF8.self) != nil else {
      return .failure(Refusal(answer: .detail(400, "There was an error parsing the body")))
    }
    guard !body.isEmpty else {
      return .failure(Refusal(answer: .invalid([.missing([.text("body")], in: .null)])))
    }
    guard isJSON else {
      // FastAPI reads a body of another type as one text.
      return .success(.text(String(decoding: body, as: UTF8.self)))
    }
    do {
      return .success(try JSONReader.read(body))
    } catch {
      let issue = JSONValue.object([
        "type": .text("json_invalid"), "loc": .array([.text("body"), .int(error.position)]),
        "msg": .text("JSON decode error"), "input": .object([:]), "ctx": .object(["error": .text(error.reason)]),
      ])
      return .failure(Refusal(answer: Answer(422, .object(["detail": .array([issue])]))))
    }
  }

  /// No content type counts as JSON.
  private var isJSON: Bool {
    guard let contentType else { return true }
    let essence = contentType.prefix { $0 != ";" }.lowercased().filter { $0 != " " }
    return essence == "application/json" || (essence.hasPrefix("application/") && essence.hasSuffix("+json"))
  }

  struct Refusal: Error {
    let answer: Answer
  }
}
