import Database
import Foundation

/// One answer as it came over the wire.
struct WireReply: Sendable {
  var status: Int
  /// Names in lower case.
  var headers: [String: String]
  var body: [UInt8]
  /// The body is as long as Content-Length says.
  var isComplete: Bool
}

/// What a client sees of one request.
enum WireOutcome: Sendable {
  case reply(WireReply)
  /// The server closed the connection without a byte.
  case closed
  /// No byte within the client's time.
  case silent
}

/// The barest HTTP client on a loopback port: one request a connection, every byte under control. Blocks a thread of
/// its own, because the server under test runs on Swift's pool in the same process.
struct WireClient: Sendable {
  struct Failed: Error {
    let call: String
    let code: Int32
  }

  let port: Int

  func send(
    _ method: String, _ path: String, body: [UInt8] = [], headers: [String: String] = [:],
    timeout: Duration = .seconds(20)
  ) async throws -> WireOutcome {
    var head = "\(method) \(path) HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: \(body.count)\r\n"
    for (name, value) in headers { head += "\(name): \(value)\r\n" }
    let request = Array((head + "\r\n").utf8) + body
    return try await DedicatedThread(name: "wire-client").run { [port] in
      try Self.exchange(request, port: port, timeout: timeout)
    }
  }

  private static func exchange(_ request: [UInt8], port: Int, timeout: Duration) throws -> WireOutcome {
    let number = try connect(port: port, timeout: timeout)
    defer { close(number) }
    var sent = 0
    while sent < request.count {
      let count = request.withUnsafeBytes {
        Foundation.send(number, $0.baseAddress?.advanced(by: sent), request.count - sent, Int32(MSG_NOSIGNAL))
      }
      // The server may answer and close before it has read everything.
      guard count > 0 else { break }
      sent += count
    }
    var received: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      if let reply = parse(received), reply.isComplete { return .reply(reply) }
      let count = recv(number, &buffer, buffer.count, 0)
      if count > 0 {
        received += buffer[0..<count]
      } else if count < 0, errno == EAGAIN || errno == EWOULDBLOCK {
        return .silent
      } else {
        return parse(received).map { .reply($0) } ?? .closed
      }
    }
  }

  private static func connect(port: Int, timeout: Duration) throws -> Int32 {
    let number = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    guard number >= 0 else { throw Failed(call: "socket", code: errno) }
    let parts = timeout.components
    var time = timeval(tv_sec: Int(parts.seconds), tv_usec: Int(parts.attoseconds / 1_000_000_000_000))
    setsockopt(number, SOL_SOCKET, SO_RCVTIMEO, &time, socklen_t(MemoryLayout<timeval>.size))
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    address.sin_port = UInt16(port).bigEndian
    let code = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        Foundation.connect(number, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    guard code == 0 else {
      let code = errno
      close(number)
      throw Failed(call: "connect", code: code)
    }
    return number
  }

  private static func parse(_ bytes: [UInt8]) -> WireReply? {
    guard let end = bytes.firstRange(of: Array("\r\n\r\n".utf8)) else { return nil }
    let lines = String(decoding: bytes[..<end.lowerBound], as: UTF8.self).components(separatedBy: "\r\n")
    guard let status = lines.first?.split(separator: " ").dropFirst().first.flatMap({ Int($0) }) else { return nil }
    var headers: [String: String] = [:]
    for line in lines.dropFirst() {
      guard let colon = line.firstIndex(of: ":") else { continue }
      headers[line[..<colon].lowercased()] = line[line.index(after: colon)...].trimmingCharacters(in: .whitespaces)
    }
    let body = Array(bytes[end.upperBound...])
    let length = headers["content-length"].flatMap { Int($0) } ?? 0
    return WireReply(status: status, headers: headers, body: body, isComplete: body.count >= length)
  }
}
