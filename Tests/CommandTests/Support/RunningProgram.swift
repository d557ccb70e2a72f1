import Foundation
import Synchronization

/// One process of a built program. Its output goes to files in the test's folder, so that it can be read while it runs and
/// after it was killed. Killed when the test lets go of it.
final class RunningProgram: Sendable {
  struct NotStarted: Error {
    let name: String
    let code: Int32
  }

  private final class Ending: Sendable {
    let status = Mutex<Int32?>(nil)
  }

  let name: String
  let pid: pid_t
  private let outputPath: String
  private let errorPath: String
  private let ending = Ending()

  /// Starts the program in `folder` with exactly `environment`. `label` names the files of its output; unique in the folder.
  init(
    _ name: String, _ arguments: [String], in folder: String, environment: [String: String], label: String
  ) throws {
    self.name = name
    outputPath = "\(folder)/\(label).out"
    errorPath = "\(folder)/\(label).err"
    let path = try Programs.path(of: name)
    pid = try Self.spawn(path, arguments, folder, environment, outputPath, errorPath)
    Thread { [pid, ending] in
      var status: Int32 = 0
      while waitpid(pid, &status, 0) < 0 && errno == EINTR {}
      // As a shell tells it: the exit code, or 128 + the signal.
      let signal = status & 0x7F
      ending.status.withLock { $0 = signal == 0 ? (status >> 8) & 0xFF : 128 + signal }
    }.start()
  }

  deinit {
    send(SIGCONT)
    send(SIGKILL)
  }

  /// The exit code as a shell shows it, nil while it runs.
  var status: Int32? { ending.status.withLock { $0 } }

  /// What it wrote so far.
  var output: String { Self.text(outputPath) }
  var errors: String { Self.text(errorPath) }
  var lines: [String] { output.split(separator: "\n").map(String.init) }

  /// A process that ended is left alone: its number may be somebody else's by now.
  func send(_ signal: Int32) {
    ending.status.withLock { status in
      if status == nil { kill(pid, signal) }
    }
  }

  /// Its exit code, once it ended.
  func exit(within limit: Duration = .seconds(40)) async throws -> Int32 {
    try await eventually("\(name) ends", within: limit, else: { self.output + self.errors }) { self.status != nil }
    return status ?? -1
  }

  /// Returns when a line of its output contains `text`.
  func says(_ text: String, within limit: Duration = .seconds(30)) async throws {
    try await eventually("\(name) says “\(text)”", within: limit, else: { self.output + self.errors }) {
      self.output.contains(text) || self.errors.contains(text)
    }
  }

  private static func text(_ path: String) -> String {
    String(decoding: FileManager.default.contents(atPath: path) ?? Data(), as: UTF8.self)
  }

  private static func spawn(
    _ path: String, _ arguments: [String], _ folder: String, _ environment: [String: String], _ output: String,
    _ errors: String
  ) throws -> pid_t {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    let flags = O_WRONLY | O_CREAT | O_APPEND
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    posix_spawn_file_actions_addopen(&actions, 1, output, flags, 0o600)
    posix_spawn_file_actions_addopen(&actions, 2, errors, flags, 0o600)
    var pid = pid_t()
    // `env` changes the folder and becomes the program.
    let code = withCStrings(["env", "-C", folder, path] + arguments) { argv in
      withCStrings(environment.map { "\($0.key)=\($0.value)" }) { envp in
        posix_spawn(&pid, "/usr/bin/env", &actions, nil, argv, envp)
      }
    }
    guard code == 0 else { throw NotStarted(name: path, code: code) }
    return pid
  }

  private static func withCStrings<Value>(
    _ texts: [String], _ body: (UnsafePointer<UnsafeMutablePointer<CChar>?>) -> Value
  ) -> Value {
    let copies = texts.map { strdup($0) }
    defer { copies.forEach { free($0) } }
    return (copies + [nil]).withUnsafeBufferPointer { buffer in
      guard let base = buffer.baseAddress else { preconditionFailure("the list has its end at least") }
      return body(base)
    }
  }
}
