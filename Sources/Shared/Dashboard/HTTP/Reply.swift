import Foundation
import HTTPTypes
import Hummingbird
import NIOCore

/// An answer before it goes out.
struct Reply: Sendable {
  enum Body: Sendable {
    case bytes([UInt8])
    case stream(LiveFeed.Stream)
  }

  var status: Int
  var contentType: String
  var body: Body
  /// Beyond those that every answer has.
  var headers: [(name: String, value: String)] = []
  /// How long it may be kept by the browser; nil: not at all.
  var cacheControl: String?
  /// Forms need the browser to name their origin, which it does not without a referrer.
  var hasForms = false

  static func page(_ html: String, status: Int = 200, hasForms: Bool = false) -> Reply {
    Reply(
      status: status, contentType: "text/html; charset=utf-8", body: .bytes(Array(html.utf8)), hasForms: hasForms)
  }

  static func text(_ status: Int, _ text: String) -> Reply {
    Reply(status: status, contentType: "text/plain; charset=utf-8", body: .bytes(Array((text + "\n").utf8)))
  }

  /// 303: the browser asks for `path` by GET.
  static func seeOther(_ path: String) -> Reply {
    var reply = text(303, "See \(path)")
    reply.headers.append(("Location", path))
    return reply
  }

  /// No script but our own file, nothing from or to anywhere else, in nobody's frame.
  static let contentSecurityPolicy =
    "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'"

  /// With every header on it. `isHead`: without its body.
  func response(isHead: Bool) -> Response {
    var fields: HTTPFields = [.contentType: contentType, .cacheControl: cacheControl ?? "no-store"]
    let fixed = [
      ("Content-Security-Policy", Self.contentSecurityPolicy), ("X-Content-Type-Options", "nosniff"),
      ("X-Frame-Options", "DENY"), ("Referrer-Policy", hasForms ? "same-origin" : "no-referrer"),
      ("Cross-Origin-Opener-Policy", "same-origin"), ("Cross-Origin-Resource-Policy", "same-origin"),
      ("Permissions-Policy", "camera=(), geolocation=(), microphone=()"),
    ]
    for (name, value) in fixed + headers {
      if let name = HTTPField.Name(name) { fields.append(HTTPField(name: name, value: value)) }
    }
    switch body {
    case .bytes(let bytes):
      fields[.contentLength] = String(bytes.count)
      return Response(
        status: .init(code: status), headers: fields,
        body: isHead ? ResponseBody() : ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
    case .stream(let stream):
      return Response(
        status: .init(code: status), headers: fields,
        body: isHead
          ? ResponseBody()
          : ResponseBody { writer in
            for await message in stream.messages { try await writer.write(ByteBuffer(string: message)) }
            try await writer.finish(nil)
          })
    }
  }
}
