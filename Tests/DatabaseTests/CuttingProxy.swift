import Foundation
import Synchronization

/// Stands between a store and its server, and cuts connections at a COMMIT.
final class CuttingProxy: Sendable {
  /// What becomes of the next message with a COMMIT. The client loses its connection in every case.
  enum Fate: Sendable {
    /// The server never gets it, and sees the connection go.
    case swallowed
    /// The server carries it out; the answer is lost.
    case answerLost
    /// It reaches the server so many milliseconds later.
    case late(Int)
  }

  /// For libpq's URL.
  let folder: String
  private let listener: Int32
  private let plan = Plan()

  private final class Plan: Sendable {
    let fate = Mutex<Fate?>(nil)
    let cuts = Mutex(0)
  }

  /// `server`: the folder of the server's socket.
  init(before server: String) throws {
    folder = "/tmp/lead-queue-proxy-\(UUID().uuidString.prefix(8))"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
    listener = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
    guard Self.at(folder, listener, bind) == 0, listen(listener, 50) == 0 else { throw POSIXError(.EADDRINUSE) }
    let handle = Handle(plan: plan)
    Thread { [listener] in
      while true {
        let client = accept(listener, nil, nil)
        guard client >= 0 else { return }
        let upstream = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        guard Self.at(server, upstream, connect) == 0 else {
          close(client)
          close(upstream)
          continue
        }
        handle.join(client, upstream)
      }
    }.start()
  }

  deinit {
    shutdown(listener, Int32(SHUT_RDWR))
    close(listener)
    do { try FileManager.default.removeItem(atPath: folder) } catch { print("left behind: \(folder): \(error)") }
  }

  func cut(_ fate: Fate) {
    plan.fate.withLock { $0 = fate }
  }

  /// How many COMMITs were cut.
  var cuts: Int { plan.cuts.withLock { $0 } }

  private static func at(
    _ folder: String, _ file: Int32, _ call: (Int32, UnsafePointer<sockaddr>, socklen_t) -> Int32
  ) -> Int32 {
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: Array("\(folder)/.s.PGSQL.5432".utf8)) }
    return withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        call(file, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
  }

  private struct Handle: Sendable {
    let plan: Plan

    func join(_ client: Int32, _ server: Int32) {
      Thread {
        pump(from: server, to: client) { _ in true }
        shutdown(client, Int32(SHUT_RDWR))
      }.start()
      Thread {
        pump(from: client, to: server) { bytes in
          // The end of a script: READ COMMITTED stands in others.
          guard bytes.firstRange(of: Array("COMMIT".utf8) + [0]) != nil, let fate = plan.fate.withLock({ $0.take() })
          else {
            return true
          }
          plan.cuts.withLock { $0 += 1 }
          switch fate {
          case .swallowed: break
          case .answerLost:
            // The answer finds nobody.
            shutdown(client, Int32(SHUT_RDWR))
            _ = send(server, bytes, bytes.count, Int32(MSG_NOSIGNAL))
            usleep(200_000)
          case .late(let milliseconds):
            shutdown(client, Int32(SHUT_RDWR))
            usleep(UInt32(milliseconds) * 1000)
            _ = send(server, bytes, bytes.count, Int32(MSG_NOSIGNAL))
            usleep(200_000)
          }
          return false
        }
        shutdown(client, Int32(SHUT_RDWR))
        shutdown(server, Int32(SHUT_RDWR))
      }.start()
    }

    private func pump(from source: Int32, to target: Int32, _ passes: ([UInt8]) -> Bool) {
      var buffer = [UInt8](repeating: 0, count: 1 << 16)
      while true {
        let count = recv(source, &buffer, buffer.count, 0)
        guard count > 0, passes(Array(buffer[..<count])) else { return }
        guard send(target, buffer, count, Int32(MSG_NOSIGNAL)) == count else { return }
      }
    }
  }
}
