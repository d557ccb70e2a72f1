import Foundation

/// A TCP port on 127.0.0.1 that the kernel accepts connections on. Nobody answers them unless `accept` is called.
final class LoopbackListener: Sendable {
  struct Failed: Error {
    let call: String
    let code: Int32
  }

  private let socketNumber: Int32
  let port: UInt16

  /// On a free port, or on the given one.
  init(port wanted: UInt16 = 0) throws {
    let number = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    guard number >= 0 else { throw Failed(call: "socket", code: errno) }
    var yes: Int32 = 1
    setsockopt(number, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<Int32>.size))
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    address.sin_port = wanted.bigEndian
    var size = socklen_t(MemoryLayout<sockaddr_in>.size)
    let code = withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
        let bound = bind(number, address, size)
        return bound == 0 && listen(number, 64) == 0 ? getsockname(number, address, &size) : -1
      }
    }
    guard code == 0 else {
      let code = errno
      close(number)
      throw Failed(call: "bind", code: code)
    }
    socketNumber = number
    port = UInt16(bigEndian: address.sin_port)
  }

  deinit {
    close(socketNumber)
  }

  /// The next connection's socket; nil once shut down.
  func accept() -> Int32? {
    let peer = Foundation.accept(socketNumber, nil, nil)
    return peer >= 0 ? peer : nil
  }

  /// Wakes a waiting `accept`; new connections are refused.
  func shutDown() {
    shutdown(socketNumber, Int32(SHUT_RDWR))
  }
}

/// Sends all of `bytes`; a peer that went away is not an error here.
func sendAll(_ bytes: [UInt8], to socket: Int32) {
  var sent = 0
  while sent < bytes.count {
    let count = bytes.withUnsafeBytes {
      send(socket, $0.baseAddress?.advanced(by: sent), bytes.count - sent, Int32(MSG_NOSIGNAL))
    }
    guard count > 0 else { return }
    sent += count
  }
}
