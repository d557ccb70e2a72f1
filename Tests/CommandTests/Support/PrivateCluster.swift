import Database
import Foundation
import Glibc

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

  /// Makes a role that gets in by this password only, of letters and digits, and may make schemas.
  func addRole(_ name: String, password: String) throws {
    try TestPostgres.connect(url).execute(
      "CREATE ROLE \(name) LOGIN PASSWORD '\(password)'; GRANT CREATE ON DATABASE postgres TO \(name)")
    try "local all \(name) scram-sha-256\nlocal all all trust\n".write(
      toFile: "\(folder)/data/pg_hba.conf", atomically: false, encoding: .utf8)
    try asOwner("pg_ctl", ["reload", "--silent", "--pgdata=\(folder)/data"])
  }

  /// Stops every process of the server, so that it is there and falls silent; `SIGCONT` has it go on.
  func signal(_ signal: Int32) throws {
    let text = try String(contentsOfFile: "\(folder)/data/postmaster.pid", encoding: .utf8)
    let postmaster = text.split(separator: "\n").first.flatMap { pid_t($0) } ?? 0
    guard postmaster > 1 else { throw Failed(command: "postmaster.pid", output: text) }
    Glibc.kill(postmaster, signal)
    let children = try String(contentsOfFile: "/proc/\(postmaster)/task/\(postmaster)/children", encoding: .utf8)
    for child in children.split(whereSeparator: \.isWhitespace).compactMap({ pid_t($0) }) { Glibc.kill(child, signal) }
  }

  private func asOwner(_ program: String, _ arguments: [String]) throws {
    let path = programs + "/" + program
    _ =
      geteuid() == 0
      ? try Self.run("/usr/sbin/runuser", ["--user", "postgres", "--", path] + arguments)
      : try Self.run(path, arguments)
  }

  /// Not by Foundation's `Process`: what that watches for the end of a program is inherited by the server, which stays.
  private static func run(_ path: String, _ arguments: [String]) throws -> String {
    let output = FileManager.default.temporaryDirectory.appendingPathComponent("cluster-\(UUID().uuidString)").path
    defer { unlink(output) }
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
    posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, output, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
    posix_spawn_file_actions_adddup2(&actions, STDOUT_FILENO, STDERR_FILENO)
    // The user postgres may not enter the folder that the tests run in.
    let command = ["/usr/bin/env", "--chdir=/", path] + arguments
    var words: [UnsafeMutablePointer<CChar>?] = command.map { strdup($0) } + [nil]
    defer { for word in words { free(word) } }
    var process: pid_t = 0
    guard posix_spawn(&process, command[0], &actions, nil, &words, environ) == 0 else {
      throw Failed(command: path, output: "it cannot be started")
    }
    var status: Int32 = 0
    while waitpid(process, &status, 0) < 0 && errno == EINTR {}
    let text = String(decoding: FileManager.default.contents(atPath: output) ?? Data(), as: UTF8.self)
    guard status == 0 else { throw Failed(command: "\(path) \(arguments)", output: text) }
    return text
  }
}
