/// One HTTP request, complete.
struct HTTPRequest: Sendable {
  var url: String
  /// Nil for GET; the JSON to POST otherwise.
  var body: [UInt8]?
  /// Sent as `Authorization: Bearer …`.
  var token: String?
  /// Name lookup, TCP and TLS.
  var connectTimeout: Duration
  /// From start to end.
  var totalTimeout: Duration
  /// How long the server may send nothing; nil leaves it to `totalTimeout`. Whole seconds, at least 1.
  var silenceTimeout: Duration?
  /// A longer answer is an error. An answer that is handed on in pieces is not bounded by it.
  var answerBytesMax = 32 << 20
}

/// What came back, whole.
struct HTTPAnswer: Sendable {
  var status: Int
  /// The header `Retry-After`, as sent.
  var retryAfter: String?
  var body: [UInt8]
}

/// Why no answer came, sorted by whether the server may have seen the request. Texts come from libcurl's list of errors
/// and hold nothing of request or answer.
enum HTTPFailure: Error, Equatable {
  /// Not a byte of the request can have left.
  case notSent(String)
  /// The request may have been carried out.
  case mayHaveLeft(String)

  var reason: String {
    switch self {
    case .notSent(let reason), .mayHaveLeft(let reason): reason
    }
  }
}
