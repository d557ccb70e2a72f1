import Foundation
import Testing

/// What the programs tell systemd; the test listens in its place.
@Suite("Supervisor")
struct SupervisorTests {
  @Test(
    "a program says that it is ready, that it lives, and that it ends, also while there is no CRM",
    arguments: ["lead-worker", "lead-scheduler"])
  func told(program name: String) async throws {
    try await Site.alone { site in
      let socket = try NotifySocket(path: site.folder + "/notify")
      let arguments = name == "lead-scheduler" ? ["--mode", "continuous"] : []
      // No server listens on port 9 of this machine.
      let program = try site.start(
        name, arguments,
        environment: [
          "NOTIFY_SOCKET": socket.path, "WATCHDOG_USEC": "200000", "LEAD_CRM_URL": "http://127.0.0.1:9",
          "LEAD_CRM_USERNAME": "admin", "LEAD_CRM_PASSWORD": "invented",
        ])
      var heard: [String] = []
      try await eventually("it lives", else: { "\(heard) \(program.errors)" }) {
        heard += socket.heard()
        return heard.filter { $0 == "WATCHDOG=1" }.count >= 3
      }
      #expect(heard.first == "READY=1")
      program.send(SIGTERM)
      #expect(try await program.exit() == 0)
      heard += socket.heard()
      #expect(heard.contains("STOPPING=1"))
    }
  }

  @Test("the watchdog of another process is none of ours")
  func foreignWatchdog() async throws {
    try await Site.alone { site in
      let socket = try NotifySocket(path: site.folder + "/notify")
      let program = try site.start(
        "lead-worker",
        environment: [
          "NOTIFY_SOCKET": socket.path, "WATCHDOG_USEC": "1000", "WATCHDOG_PID": "1",
          "LEAD_CRM_URL": "http://127.0.0.1:9", "LEAD_CRM_USERNAME": "admin", "LEAD_CRM_PASSWORD": "invented",
        ])
      var heard: [String] = []
      let log = site.folder + "/automated_lead_manager.log"
      try await eventually("it works", else: { "\(heard) \(program.errors)" }) {
        heard += socket.heard()
        let text = FileManager.default.contents(atPath: log).map { String(decoding: $0, as: UTF8.self) }
        return heard.contains("READY=1") && text?.contains("worker started") == true
      }
      program.send(SIGTERM)
      #expect(try await program.exit() == 0)
      heard += socket.heard()
      #expect(heard == ["READY=1", "STOPPING=1"])
    }
  }
}

/// The manager's end: a datagram socket at a path.
private final class NotifySocket: Sendable {
  let path: String
  private let descriptor: Int32

  struct Failed: Error { let code: Int32 }

  init(path: String) throws {
    self.path = path
    descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue), 0)
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8.prefix(107)) }
    let status = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
    guard status == 0 else { throw Failed(code: errno) }
  }

  deinit {
    close(descriptor)
  }

  /// What has come since the last call.
  func heard() -> [String] {
    var texts: [String] = []
    var buffer = [UInt8](repeating: 0, count: 1024)
    while true {
      let count = recv(descriptor, &buffer, buffer.count, 0)
      guard count > 0 else { return texts }
      texts.append(String(decoding: buffer[..<count], as: UTF8.self))
    }
  }
}
