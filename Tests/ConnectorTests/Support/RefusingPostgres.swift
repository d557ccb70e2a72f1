import Foundation

/// Speaks just enough of PostgreSQL's protocol to refuse every login with one SQLSTATE.
final class RefusingPostgres: Sendable {
  private let listener: LoopbackListener
  var port: UInt16 { listener.port }

  init(state: String, message: String) throws {
    let listener = try LoopbackListener()
    self.listener = listener
    var fields: [UInt8] = []
    for (letter, text) in [("S", "FATAL"), ("V", "FATAL"), ("C", state), ("M", message)] {
      fields += Array(letter.utf8) + Array(text.utf8) + [0]
    }
    fields.append(0)
    let length = withUnsafeBytes(of: UInt32(fields.count + 4).bigEndian) { Array($0) }
    let answer = Array("E".utf8) + length + fields
    Thread {
      while let peer = listener.accept() {
        var buffer = [UInt8](repeating: 0, count: 4096)
        _ = recv(peer, &buffer, buffer.count, 0)
        sendAll(answer, to: peer)
        close(peer)
      }
    }.start()
  }

  func stop() {
    listener.shutDown()
  }
}
