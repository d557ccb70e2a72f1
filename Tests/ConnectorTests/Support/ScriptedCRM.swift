import Foundation
import Synchronization

/// A small HTTP server on loopback that gives the answers a test wrote down and keeps what it was asked.
///
/// One request a connection, one after another, as the CRM does. Without a rule, `/auth/login` hands out tokens `t1`,
/// `t2` … and `/health` is healthy.
final class ScriptedCRM: Sendable {
  struct Seen: Sendable {
    var method: String
    var target: String
    /// Names in lower case.
    var headers: [String: String]
    var body: [UInt8]

    var path: String { String(target.prefix { $0 != "?" }) }
    var query: [String: String] {
      let pairs = target.drop { $0 != "?" }.dropFirst().split(separator: "&").map { $0.split(separator: "=") }
      return Dictionary(uniqueKeysWithValues: pairs.map { (String($0[0]), String($0[1])) })
    }
    var token: String? { headers["authorization"] }
    var json: Any? { try? JSONSerialization.jsonObject(with: Data(body)) }
  }

  enum Reaction: Sendable {
    case answer(Int, String, headers: [String] = [])
    /// Reads the request, then closes without a word.
    case drop
    /// Half of the body that was announced, then closes.
    case half(String)
    /// Reads the request, then says nothing until the test is over.
    case hang
  }

  typealias Rule = @Sendable (Seen) -> Reaction?

  private struct State {
    var seen: [Seen] = []
    var hanging: [Int32] = []
    var logins = 0
    var closesUnread = false
  }

  private let listener: LoopbackListener
  private let rule: Rule
  private let state = Mutex(State())

  var baseURL: String { "http://127.0.0.1:\(listener.port)" }
  var seen: [Seen] { state.withLock { $0.seen } }
  func requests(_ method: String, _ path: String) -> [Seen] { seen.filter { $0.method == method && $0.path == path } }
  var uploads: [Seen] { requests("POST", "/api/v1/leads/bulk") }
  var logins: [Seen] { requests("POST", "/auth/login") }

  init(port: UInt16 = 0, _ rule: @escaping Rule = { _ in nil }) throws {
    listener = try LoopbackListener(port: port)
    self.rule = rule
    Thread { [self] in serve() }.start()
  }

  /// From now on connections are closed before their request is read.
  func closeUnread() {
    state.withLock { $0.closesUnread = true }
  }

  func stop() {
    listener.shutDown()
    state.withLock { state in
      for socket in state.hanging { close(socket) }
      state.hanging = []
    }
  }

  private func serve() {
    while let peer = listener.accept() {
      if state.withLock({ $0.closesUnread }) {
        close(peer)
        continue
      }
      guard let request = Self.read(peer) else {
        close(peer)
        continue
      }
      state.withLock { $0.seen.append(request) }
      react(rule(request) ?? usual(request), to: peer)
    }
  }

  private func usual(_ request: Seen) -> Reaction {
    switch (request.method, request.path) {
    case ("POST", "/auth/login"):
      let number = state.withLock { state in
        state.logins += 1
        return state.logins
      }
      return .answer(200, #"{"access_token":"t\#(number)","token_type":"bearer","user":{"id":1,"role":"manager"}}"#)
    case ("GET", "/health"): return .answer(200, Self.health(leads: 0, agents: 3))
    default: return .answer(404, #"{"detail":"Not Found"}"#)
    }
  }

  static func health(leads: Int, agents: Int, status: String = "healthy", database: String = "connected") -> String {
    """
    {"status":"\(status)","database":"\(database)","database_stats":{"total_leads":\(leads),"total_users":5,\
    "active_agents":\(agents)},"distribution_stats":{"total_leads":\(leads),"distribution_health":"good"}}
    """
  }

  private func react(_ reaction: Reaction, to peer: Int32) {
    switch reaction {
    case .answer(let status, let body, let headers):
      sendAll(Self.head(status, body.utf8.count, headers) + Array(body.utf8), to: peer)
    case .half(let body):
      sendAll(Self.head(200, body.utf8.count, []) + Array(body.utf8.prefix(body.utf8.count / 2)), to: peer)
    case .drop: break
    case .hang:
      state.withLock { $0.hanging.append(peer) }
      return
    }
    shutdown(peer, Int32(SHUT_WR))
    close(peer)
  }

  private static func head(_ status: Int, _ length: Int, _ headers: [String]) -> [UInt8] {
    let lines = ["HTTP/1.1 \(status) X", "Content-Type: application/json", "Content-Length: \(length)"] + headers
    return Array((lines.joined(separator: "\r\n") + "\r\n\r\n").utf8)
  }

  private static func read(_ peer: Int32) -> Seen? {
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65536)
    let gap = Array("\r\n\r\n".utf8)
    while true {
      if let end = bytes.firstRange(of: gap) {
        let lines = String(decoding: bytes[..<end.lowerBound], as: UTF8.self).components(separatedBy: "\r\n")
        let words = lines[0].split(separator: " ").map(String.init)
        var headers: [String: String] = [:]
        for line in lines.dropFirst() {
          guard let colon = line.firstIndex(of: ":") else { continue }
          headers[line[..<colon].lowercased()] = line[line.index(after: colon)...].trimmingCharacters(in: .whitespaces)
        }
        let length = headers["content-length"].flatMap(Int.init) ?? 0
        if bytes.count - end.upperBound >= length {
          return Seen(method: words[0], target: words[1], headers: headers, body: Array(bytes[end.upperBound...]))
        }
      }
      let count = recv(peer, &buffer, buffer.count, 0)
      guard count > 0 else { return nil }
      bytes += buffer[..<count]
    }
  }
}
