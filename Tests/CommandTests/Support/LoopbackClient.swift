import Database
import Foundation

/// Asks a server on this machine, one request a connection.
enum LoopbackClient {
  struct Failed: Error {
    let call: String
    let code: Int32
  }

  /// The body of the answer, whatever its status.
  static func request(_ method: String, _ url: String) async throws -> Data {
    let parts = url.dropFirst("http://127.0.0.1:".count).split(separator: "/", maxSplits: 1)
    guard let port = parts.first.flatMap({ UInt16($0) }) else { throw Failed(call: "port of \(url)", code: 0) }
    let target = "/" + (parts.count > 1 ? parts[1] : "")
    let head = "\(method) \(target) HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
    let answer = try await DedicatedThread(name: "client").run { try exchange(Array(head.utf8), port: port) }
    guard let gap = answer.firstRange(of: Data("\r\n\r\n".utf8)) else { throw Failed(call: "no head", code: 0) }
    return Data(answer[gap.upperBound...])
  }

  private static func exchange(_ request: [UInt8], port: UInt16) throws -> Data {
    let socket = try Loopback.connect(to: port)
    defer { close(socket) }
    guard send(socket, request, request.count, Int32(MSG_NOSIGNAL)) == request.count else {
      throw Failed(call: "send", code: errno)
    }
    var answer = Data()
    var buffer = [UInt8](repeating: 0, count: 65_536)
    while true {
      let count = recv(socket, &buffer, buffer.count, 0)
      guard count >= 0 else { throw Failed(call: "recv", code: errno) }
      if count == 0 { return answer }
      answer.append(contentsOf: buffer[..<count])
    }
  }
}

/// Sockets on 127.0.0.1 that no child process inherits.
enum Loopback {
  private static let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)

  static func connect(to port: UInt16) throws -> Int32 {
    let number = socket(AF_INET, kind, 0)
    guard number >= 0 else { throw LoopbackClient.Failed(call: "socket", code: errno) }
    var limit = timeval(tv_sec: 10, tv_usec: 0)
    setsockopt(number, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
    let code = withAddress(port) { Foundation.connect(number, $0, $1) }
    guard code == 0 else {
      let code = errno
      close(number)
      throw LoopbackClient.Failed(call: "connect", code: code)
    }
    return number
  }

  /// A socket that the kernel accepts connections on, on a free port.
  static func listen() throws -> (socket: Int32, port: UInt16) {
    let number = socket(AF_INET, kind, 0)
    guard number >= 0 else { throw LoopbackClient.Failed(call: "socket", code: errno) }
    var address = sockaddr_in()
    var size = socklen_t(MemoryLayout<sockaddr_in>.size)
    let isBound = withAddress(0) { bind(number, $0, $1) } == 0 && Foundation.listen(number, 64) == 0
    let code = withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(number, $0, &size) }
    }
    guard isBound, code == 0 else {
      let code = errno
      close(number)
      throw LoopbackClient.Failed(call: "listen", code: code)
    }
    return (number, UInt16(bigEndian: address.sin_port))
  }

  private static func withAddress(_ port: UInt16, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32) -> Int32 {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    address.sin_port = port.bigEndian
    return withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, socklen_t(MemoryLayout<sockaddr_in>.size)) }
    }
  }
}

/// A port where connections are accepted and nobody ever says a word.
final class SilentServer: Sendable {
  private let socket: Int32
  let port: UInt16

  init() throws {
    (socket, port) = try Loopback.listen()
  }

  deinit {
    close(socket)
  }

  /// A port on which nobody listens.
  static func deadPort() throws -> UInt16 {
    let (socket, port) = try Loopback.listen()
    close(socket)
    return port
  }
}
