import Database
import Foundation

extension Site {
  /// Stops a program by SIGSTOP where that holds nobody else up: with all of its threads at rest, outside of a transaction
  /// (whose lock it would keep for as long as it is stopped), and while `condition` holds. Where one of them fails it is
  /// continued, and stopped again when it had time to get on.
  func suspend(
    _ program: RunningProgram, when condition: (any Connection) throws -> Bool = { _ in true }
  ) async throws {
    try await eventually("\(program.name) is stopped in a quiet moment", else: { self.everythingSaid }) {
      guard try store(condition) else { return false }
      program.send(SIGSTOP)
      try await eventually("\(program.name) stands still", within: .seconds(5)) { try program.isSuspended() }
      if try await isWritable(), try store(condition) { return true }
      program.send(SIGCONT)
      try await Task.sleep(for: .milliseconds(150))
      return false
    }
  }

  /// Whether the store's write lock can be had. Others that write take it for moments only.
  private func isWritable() async throws -> Bool {
    let connection = try SQLiteConnection(path: storePath, access: .readWrite)
    for _ in 0..<50 {
      do {
        try connection.execute("BEGIN IMMEDIATE; ROLLBACK")
        return true
      } catch DatabaseError.busy {
        try await Task.sleep(for: .milliseconds(10))
      }
    }
    return false
  }
}

extension RunningProgram {
  /// Whether each of its threads is stopped, as `/proc` tells it.
  func isSuspended() throws -> Bool {
    let tasks = "/proc/\(pid)/task"
    return try FileManager.default.contentsOfDirectory(atPath: tasks).allSatisfy { task in
      let stat = String(decoding: try Data(contentsOf: URL(fileURLWithPath: "\(tasks)/\(task)/stat")), as: UTF8.self)
      // The state follows the name, which stands in parentheses and may hold any character.
      return stat[(stat.lastIndex(of: ")") ?? stat.startIndex)...].dropFirst(2).first == "T"
    }
  }
}
