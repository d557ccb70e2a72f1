import Foundation

/// A PostgreSQL cluster for one test, which the test may ill-treat: it is killed and started again.
final class PrivateCluster: Sendable {
  struct Failed: Error {
    let command: String
    let output: String
  }

  let url: String
  private let folder: String
  private let programs: String

  /// Makes the cluster and starts it, on a socket in a folder of its own. Blocks for about a second.
  init() throws {
    let script = Programs.package.appendingPathComponent("scripts/with-postgres.sh").path
    programs = try Self.run(script, ["--find"]).trimmingCharacters(in: .whitespacesAndNewlines)
    // Short, because the path of a socket may have at most 107 bytes.
    folder = "/tmp/lead-queue-cluster-\(UUID().uuidString.prefix(8))"
    url = "postgresql:///postgres?host=\(folder)&user=postgres"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
    if geteuid() == 0 { _ = try Self.run("/bin/chown", ["postgres", folder]) }
    try asOwner(
      "initdb",
      ["--pgdata=\(folder)/data", "--username=postgres", "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync"])
    try start()
  }

  deinit {
    do {
      try asOwner("pg_ctl", ["stop", "--silent", "--mode=immediate", "--wait", "--pgdata=\(folder)/data"])
      try FileManager.default.removeItem(atPath: folder)
    } catch {
      print("left behind: \(folder): \(error)")
    }
  }

  /// As when the server's machine dies: nobody is told, nothing is finished.
  func kill() throws {
    try asOwner("pg_ctl", ["stop", "--silent", "--mode=immediate", "--wait", "--pgdata=\(folder)/data"])
  }

  /// Returns when it takes connections.
  func start() throws {
    try asOwner(
      "pg_ctl",
      [
        "start", "--silent", "--wait", "--timeout=60", "--pgdata=\(folder)/data", "--log=\(folder)/log",
        // Without fsync: the machine does not die here. Commits are asked for by the store itself.
        "--options=-c listen_addresses='' -c unix_socket_directories='\(folder)' -c fsync=off -c synchronous_commit=off",
      ])
  }

  private func asOwner(_ program: String, _ arguments: [String]) throws {
    let path = programs + "/" + program
    _ =
      geteuid() == 0
      ? try Self.run("/usr/sbin/runuser", ["--user", "postgres", "--", path] + arguments)
      : try Self.run(path, arguments)
  }

  private static func run(_ path: String, _ arguments: [String]) throws -> String {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: path)
    process.arguments = arguments
    // The server keeps what it is given for its output; a pipe would never end.
    let output = FileManager.default.temporaryDirectory.appendingPathComponent("cluster-\(UUID().uuidString)")
    try Data().write(to: output)
    defer { unlink(output.path) }
    let file = try FileHandle(forWritingTo: output)
    process.standardOutput = file
    process.standardError = file
    process.standardInput = FileHandle.nullDevice
    process.currentDirectoryURL = URL(fileURLWithPath: "/")
    try process.run()
    process.waitUntilExit()
    let text = String(decoding: try Data(contentsOf: output), as: UTF8.self)
    guard process.terminationStatus == 0 else { throw Failed(command: "\(path) \(arguments)", output: text) }
    return text
  }
}
