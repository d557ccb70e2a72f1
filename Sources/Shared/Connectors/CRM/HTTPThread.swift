/// A thread of its own for blocking transfers, one after another.
final class HTTPThread: HTTPTransport {
  private let thread: TransferThread

  /// `name` is the thread's, for debuggers.
  init(name: String) {
    thread = TransferThread(name: name)
  }

  /// Sends the request. Cancelling the caller ends the transfer within about a second.
  func send(_ request: HTTPRequest) async throws(HTTPFailure) -> HTTPAnswer {
    do {
      return try await thread.run { stop in try HTTPTransfer.perform(request, stop: stop) }
    } catch let failure as HTTPFailure {
      throw failure
    } catch {
      // Only a reader throws anything else, and there is none.
      throw .mayHaveLeft("the transfer failed")
    }
  }

  func send(
    _ request: HTTPRequest, taking take: @escaping @Sendable (UnsafeRawBufferPointer) throws -> Void
  ) async throws -> HTTPAnswer {
    try await thread.run { stop in try HTTPTransfer.perform(request, stop: stop, reader: take) }
  }
}
