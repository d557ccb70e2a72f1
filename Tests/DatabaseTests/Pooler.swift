import Foundation
import TestSupport

@testable import Database

/// PgBouncer in transaction mode before the tests' cluster, with one session for all who come: what one leaves in it, the next finds.
final class Pooler {
  struct DidNotStart: Error {
    let log: String
  }

  /// Debian's place and the usual ones.
  private static let program = ["/usr/sbin/pgbouncer", "/usr/bin/pgbouncer", "/usr/local/bin/pgbouncer"]
    .first { (path: String) in access(path, X_OK) == 0 }
  static var isInstalled: Bool { program != nil }

  let url: String
  private let folder: String
  private let process = Process()

  init() throws {
    // Short, because the path of a socket may have at most 107 bytes.
    var template = Array("/tmp/lead-queue-pooler.XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else { throw DidNotStart(log: String(cString: strerror(errno))) }
    folder = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    url = "postgresql:///postgres?host=\(folder)&port=6432&user=postgres"
    let cluster = try StorePlace.clusterURL().firstMatch(of: /host=([^&]+)/)?.output.1 ?? ""
    // The server refuses root, and so does the pooler.
    let user = getuid() == 0 ? "user = postgres" : ""
    try """
    [databases]
    * = host=\(cluster) user=postgres
    [pgbouncer]
    unix_socket_dir = \(folder)
    listen_port = 6432
    auth_type = any
    pool_mode = transaction
    default_pool_size = 1
    server_login_retry = 1
    logfile = \(folder)/log
    \(user)
    """.write(toFile: folder + "/pooler.ini", atomically: true, encoding: .utf8)
    guard chmod(folder, 0o777) == 0 else { throw DidNotStart(log: String(cString: strerror(errno))) }
    process.executableURL = Self.program.map { URL(fileURLWithPath: $0) }
    process.arguments = ["--quiet", folder + "/pooler.ini"]
    try process.run()
    try awaitAnswer()
  }

  /// Its socket is there before it answers; and where it has ended, its log says why.
  private func awaitAnswer() throws {
    var options = PostgresOptions(readOnly: false, applicationName: "test")
    options.ownsSession = false
    let deadline = ContinuousClock.now + .seconds(60)
    while true {
      do {
        _ = try PostgresConnection(url: url, options: options)
        return
      } catch {
        guard process.isRunning, ContinuousClock.now < deadline else {
          let log = (try? String(contentsOfFile: folder + "/log", encoding: .utf8)) ?? "no log"
          throw DidNotStart(log: "\(error)\n\(log)")
        }
        usleep(5000)
      }
    }
  }

  deinit {
    // It keeps nothing that an orderly end would save; and in a test's process it may have inherited that SIGTERM is ignored.
    if process.isRunning { kill(process.processIdentifier, SIGKILL) }
    do {
      try FileManager.default.removeItem(atPath: folder)
    } catch {
      print("left behind: \(folder): \(error)")
    }
  }

  /// The store of that place by way of the pooler.
  func address(_ place: StorePlace) throws -> ServerAddress {
    guard case .server(var server) = place.address() else { throw DidNotStart(log: "not a server") }
    server.url = url
    server.isNotifying = false
    return server
  }
}
