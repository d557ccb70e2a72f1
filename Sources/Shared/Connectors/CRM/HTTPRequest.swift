/// One HTTP request, complete.
package struct HTTPRequest: Sendable {
  package var url: String
  /// Nil for GET; the JSON to POST otherwise.
  package var body: [UInt8]?
  /// Sent as `Authorization: Bearer …`.
  package var token: String?
  /// Name lookup, TCP and TLS.
  package var connectTimeout: Duration
  /// From start to end.
  package var totalTimeout: Duration
  /// How long the server may send nothing; nil leaves it to `totalTimeout`. Whole seconds, at least 1.
  package var silenceTimeout: Duration?
  /// Whether the transport may send it over a connection that was used before, and then again by itself when that one closes
  /// without an answer, as libcurl does. Never for what must not happen twice.
  package var mayBeRepeated = false
  /// Asked on the transport's thread when the connection stands and not a byte of the request has left. When it says no, none
  /// will: `HTTPFailure.notSent`.
  package var mayLeave: @Sendable () -> Bool = { true }
  /// A longer answer is an error. An answer that is handed on in pieces is not bounded by it.
  package var answerBytesMax = 32 << 20
}

/// What came back, whole.
package struct HTTPAnswer: Sendable {
  package var status: Int
  /// The header `Retry-After`, as sent.
  package var retryAfter: String?
  package var body: [UInt8]

  package init(status: Int, retryAfter: String? = nil, body: [UInt8]) {
    self.status = status
    self.retryAfter = retryAfter
    self.body = body
  }
}

/// Why no answer came, sorted by whether the server may have seen the request. Texts come from libcurl's list of errors
/// and hold nothing of request or answer.
package enum HTTPFailure: Error, Equatable {
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
