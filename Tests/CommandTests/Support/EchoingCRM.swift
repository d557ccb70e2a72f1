import Foundation
import Synchronization

/// A CRM that answers every bulk request with everything it was sent, in the words of a real failure. Logins succeed; the
/// CRM is healthy and holds no lead.
final class EchoingCRM: Sendable {
  enum Manner: String, Sendable, CaseIterable {
    /// 500 `Bulk import failed`, rolled back, with the statement's parameters.
    case rolledBack
    /// 422 with `input`.
    case invalid
    /// 500 of unknown meaning with the body in it.
    case unknown
    /// 400 with the body in it.
    case refused
  }

  private let socket: Int32
  private let manner: Manner
  private let posts = Mutex(0)
  let baseURL: String

  var bulkRequests: Int { posts.withLock { $0 } }

  init(_ manner: Manner) throws {
    let (socket, port) = try Loopback.listen()
    self.socket = socket
    self.manner = manner
    baseURL = "http://127.0.0.1:\(port)"
    Thread { [self] in serve() }.start()
  }

  func stop() {
    shutdown(socket, Int32(SHUT_RDWR))
  }

  private func serve() {
    while case let peer = accept(socket, nil, nil), peer >= 0 {
      if let (line, body) = Self.request(peer) {
        let (status, answer) = answer(line, body)
        let head =
          "HTTP/1.1 \(status) X\r\nContent-Type: application/json\r\nContent-Length: \(answer.utf8.count)\r\n\r\n"
        let bytes = Array((head + answer).utf8)
        _ = send(peer, bytes, bytes.count, Int32(MSG_NOSIGNAL))
        shutdown(peer, Int32(SHUT_WR))
      }
      close(peer)
    }
  }

  private func answer(_ line: String, _ body: String) -> (status: Int, body: String) {
    if line.hasPrefix("POST /auth/login") {
      return (200, #"{"access_token":"t0ken-of-the-crm","token_type":"bearer","user":{"id":1,"role":"manager"}}"#)
    }
    if line.hasPrefix("GET /health") {
      return (
        200,
        #"{"status":"healthy","database":"connected","database_stats":{"total_leads":0,"total_users":2,"active_agents":1}}"#
      )
    }
    if line.hasPrefix("GET /api/v1/leads") { return (200, "[]") }
    posts.withLock { $0 += 1 }
    let quoted = Self.quoted(body)
    switch manner {
    case .rolledBack:
      return (500, "{\"detail\":\(Self.quoted("Bulk import failed: duplicate key [parameters: \(body)]"))}")
    case .invalid:
      return (
        422,
        "{\"detail\":[{\"loc\":[\"body\",0,\"score\"],\"msg\":\"bad \" ,\"type\":\"int_type\",\"input\":\(body)}]}"
      )
    case .unknown: return (500, "{\"error\":\(quoted),\"request_id\":\"r\",\"timestamp\":\"2026-01-01T00:00:00\"}")
    case .refused: return (400, "{\"detail\":\(quoted)}")
    }
  }

  private static func quoted(_ text: String) -> String {
    "\"" + text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\""
  }

  /// The request's first line and its body; nil when the peer went away.
  private static func request(_ peer: Int32) -> (line: String, body: String)? {
    var bytes = Data()
    var buffer = [UInt8](repeating: 0, count: 65_536)
    while true {
      if let gap = bytes.firstRange(of: Data("\r\n\r\n".utf8)) {
        let head = String(decoding: bytes[..<gap.lowerBound], as: UTF8.self)
        let lines = head.components(separatedBy: "\r\n")
        let length = lines.first { $0.lowercased().hasPrefix("content-length:") }
          .flatMap { Int($0.dropFirst("content-length:".count).trimmingCharacters(in: .whitespaces)) }
        if bytes.count - gap.upperBound >= length ?? 0 {
          return (lines[0], String(decoding: bytes[gap.upperBound...], as: UTF8.self))
        }
      }
      let count = recv(peer, &buffer, buffer.count, 0)
      guard count > 0 else { return nil }
      bytes.append(contentsOf: buffer[..<count])
    }
  }
}
