import Foundation
import HTTPTypes
import Hummingbird
import NIOCore

/// Puts requests and answers on the wire, and breaks connections where a fault says so.
struct CRMResponder: HTTPResponder {
  /// What a request came in on.
  struct Context: InitializableFromSource {
    let channel: any Channel

    init(source: ApplicationRequestContextSource) {
      channel = source.channel
    }
  }

  private struct Broken: Error {}

  /// 1000 rows with every field filled generously stay far below it.
  private static let bodyBytesMax = 64 << 20

  let reception: Reception

  func respond(to request: Request, context: Context) async throws -> Response {
    let path = request.uri.path
    if path.hasPrefix("/demo/") { return await demo(request, path) }
    let body: ByteBuffer
    do {
      body = try await request.body.collect(upTo: Self.bodyBytesMax)
    } catch is NIOTooManyBytesError {
      return Self.response(.detail(413, "Request body too large"), requestID: nil)
    }
    let delivery = await reception.receive(
      CRMRequest(
        method: request.method.rawValue, path: path, query: Self.query(request),
        authorization: request.headers[.authorization], contentType: request.headers[.contentType],
        address: context.channel.remoteAddress?.ipAddress ?? "", body: Array(body.readableBytesView)))
    switch delivery {
    case .whole(let answer, let id): return Self.response(answer, requestID: id)
    case .half(let answer, let id): return Self.cutOff(answer, requestID: id, context.channel)
    case .silent:
      await HangUpHandler.waitUntilClosed(context.channel)
      throw Broken()
    case .closed:
      // The response that Hummingbird writes for the error meets a closed channel.
      context.channel.close(promise: nil)
      throw Broken()
    }
  }

  private static func query(_ request: Request) -> [String: String] {
    Dictionary(request.uri.queryParameters.map { (String($0.key), String($0.value)) }, uniquingKeysWith: { $1 })
  }

  private static func response(_ answer: Answer, requestID: String?) -> Response {
    Response(
      status: .init(code: answer.status), headers: headers(answer, requestID),
      body: ResponseBody(byteBuffer: ByteBuffer(bytes: answer.body)))
  }

  /// The right Content-Length, half of the body, the end.
  private static func cutOff(_ answer: Answer, requestID: String, _ channel: any Channel) -> Response {
    let half = ByteBuffer(bytes: answer.body.prefix(answer.body.count / 2))
    let body = ResponseBody(contentLength: answer.body.count) { writer in
      try await writer.write(half)
      channel.close(promise: nil)
      throw Broken()
    }
    return Response(status: .init(code: answer.status), headers: headers(answer, requestID), body: body)
  }

  private static func headers(_ answer: Answer, _ requestID: String?) -> HTTPFields {
    var headers: HTTPFields = [.contentType: answer.contentType, .contentLength: String(answer.body.count)]
    if answer.carriesRequestID, let requestID, let name = HTTPField.Name("x-request-id") { headers[name] = requestID }
    return headers
  }

  // MARK: Routes outside the contract. They count toward no limit and strike no fault.

  private func demo(_ request: Request, _ path: String) async -> Response {
    switch (request.method, path) {
    case (.get, "/demo/statistics"):
      return Self.response(Answer(200, reception.statistics.json), requestID: nil)
    case (.post, "/demo/close"):
      return Self.response(await close(Self.query(request)), requestID: nil)
    default:
      return Self.response(
        .detail(404, "Known: GET /demo/statistics, POST /demo/close?count=N&outcome=won|lost"), requestID: nil)
    }
  }

  private func close(_ query: [String: String]) async -> Answer {
    let outcome = query["outcome"] ?? "won"
    guard let count = query["count"].flatMap(Int.init), count >= 0, ["won", "lost"].contains(outcome) else {
      return .detail(400, "count is a number from 0; outcome is won or lost")
    }
    do {
      let closed = try await reception.close(count: count, asWon: outcome == "won")
      return Answer(200, .object(["closed": .int(closed)]))
    } catch {
      FileHandle.standardError.write(Data("demo-crm: \(error)\n".utf8))
      return .detail(500, "the database failed")
    }
  }
}
