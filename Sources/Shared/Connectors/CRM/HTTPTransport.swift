/// Carries requests to a CRM, each on a connection of its own. Conformers: `HTTPThread`, by libcurl, and the simulation's
/// network.
package protocol HTTPTransport: Sendable {
  /// Sends the request and waits for the answer. Cancelling the caller ends it soon, as a failure that says whether the
  /// request may have left.
  func send(_ request: HTTPRequest) async throws(HTTPFailure) -> HTTPAnswer

  /// As `send`; the body of a 200 is handed on in pieces while it arrives, in order, one at a time, instead of kept.
  /// Throws `HTTPFailure`, or what `take` throws, which ends the transfer.
  func send(
    _ request: HTTPRequest, taking take: @escaping @Sendable (UnsafeRawBufferPointer) throws -> Void
  ) async throws -> HTTPAnswer
}
