import Dispatch
import Foundation
import Glibc

/// A browser without manners: bytes over a loopback connection, exactly as a test writes them.
final class Wire: Sendable {
  struct Failed: Error { let code: Int32 }

  /// An answer as it came.
  struct Answer: Sendable {
    var status: Int
    /// Names in lower case; of one that comes twice the last.
    var headers: [String: String]
    var body: String
  }

  private let descriptor: Int32

  init(port: Int) throws {
    descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = in_port_t(UInt16(port).bigEndian)
    address.sin_addr.s_addr = inet_addr("127.0.0.1")
    let status = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    guard status == 0 else { throw Failed(code: errno) }
    // No test waits longer for a byte.
    var patience = timeval(tv_sec: 60, tv_usec: 0)
    setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
  }

  deinit { close(descriptor) }

  func send(_ text: String) {
    let bytes = Array(text.utf8)
    var sent = 0
    while sent < bytes.count {
      let count = bytes[sent...].withUnsafeBytes {
        Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
      }
      // The other side has closed: what it answered before is what counts.
      guard count > 0 else { return }
      sent += count
    }
  }

  /// Reads until `isEnough`, or the other side closes. Throws when nothing comes.
  func read(until isEnough: @escaping @Sendable (String) -> Bool = { _ in false }) async throws -> String {
    try await withCheckedThrowingContinuation { continuation in
      DispatchQueue.global().async { [descriptor] in
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
          let count = recv(descriptor, &buffer, buffer.count, 0)
          if count < 0 && errno != ECONNRESET {
            continuation.resume(throwing: Failed(code: errno))
            return
          }
          if count > 0 { bytes += buffer.prefix(count) }
          let text = String(decoding: bytes, as: UTF8.self)
          if count <= 0 || isEnough(text) {
            continuation.resume(returning: text)
            return
          }
        }
      }
    }
  }

  /// The answer on a connection that the other side closes after it.
  func answer() async throws -> Answer { Self.parse(try await read()) }

  static func parse(_ text: String) -> Answer {
    let parts =
      text.firstRange(of: "\r\n\r\n").map { (text[..<$0.lowerBound], text[$0.upperBound...]) } ?? (text[...], "")
    let lines = parts.0.split(separator: "\r\n")
    let status = lines.first.flatMap { $0.split(separator: " ").dropFirst().first }.flatMap { Int($0) }
    let headers = lines.dropFirst().map { line in
      let pair = line.split(separator: ":", maxSplits: 1)
      return (pair[0].lowercased(), pair.count > 1 ? pair[1].trimmingCharacters(in: .whitespaces) : "")
    }
    return Answer(
      status: status ?? 0, headers: Dictionary(headers, uniquingKeysWith: { $1 }), body: String(parts.1))
  }
}
