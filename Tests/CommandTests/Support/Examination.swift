import Database
import Foundation
import TestSupport
import Testing

/// What `lead-queue doctor` says.
struct Examination: Decodable {
  struct Check: Decodable {
    var name: String
    var state: String
    var finding: String
    var remedy: String?
  }

  var healthy: Bool
  var checks: [Check]

  subscript(name: String) -> Check {
    checks.first { $0.name == name } ?? Check(name: name, state: "missing", finding: "", remedy: nil)
  }
}

extension Site {
  /// Has the doctor look, and checks that exit code and document agree.
  func doctor(_ arguments: [String] = [], environment: [String: String?] = [:]) async throws -> Examination {
    let ended = try await run(
      "lead-queue", ["doctor", "--format", "json", "--config", Self.configuration] + arguments,
      environment: environment)
    let examination = try JSONDecoder().decode(Examination.self, from: Data(ended.output.utf8))
    #expect(ended.status == (examination.healthy ? 0 : 1), "\(ended.errors)")
    #expect(examination.checks.count == Set(examination.checks.map(\.name)).count)
    for check in examination.checks where check.state == "failed" || check.state == "warning" {
      #expect(check.remedy?.isEmpty == false, "\(check)")
    }
    return examination
  }

  /// Plants something, has the doctor find it, does what it advises, and has it look again.
  ///
  /// `state`: how it is found. `finding` and `remedy` are parts of the words.
  func finds(
    _ name: String, _ state: String, _ finding: String, remedy: String, environment: [String: String?] = [:],
    following: (Examination.Check) async throws -> Void, sourceLocation: SourceLocation = #_sourceLocation
  ) async throws {
    let check = try await doctor(environment: environment)[name]
    #expect(check.state == state, "\(check)", sourceLocation: sourceLocation)
    #expect(check.finding.contains(finding), "\(check)", sourceLocation: sourceLocation)
    #expect(check.remedy?.contains(remedy) == true, "\(check)", sourceLocation: sourceLocation)
    try await following(check)
    let after = try await doctor()[name]
    #expect(after.state == "ok", "\(after)", sourceLocation: sourceLocation)
  }

  /// Runs a remedy as a person would who copies it into a shell, with a reason in the place of `…`.
  func obey(_ command: String) async throws {
    let words = command.replacing("…", with: "tested").split(separator: " ").map(String.init)
    let ended = try await run(words[0], Array(words.dropFirst()) + ["--config", Self.configuration])
    #expect(ended.status == 0, "\(command): \(ended.errors)")
  }

  /// Runs a command of the system in the test's folder; its exit code.
  func shell(_ command: String) async throws -> Int32 {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/bin/sh")
    process.arguments = ["-c", command]
    process.currentDirectoryURL = URL(fileURLWithPath: folder)
    try process.run()
    try await eventually("the shell ends") { !process.isRunning }
    return process.terminationStatus
  }

  /// Changes the store's audit trail as no program of ours does: without the triggers that forbid it.
  func tamper(_ statement: String) throws {
    if Engine.current == .sqlite {
      let connection = try SQLiteConnection(path: storePath, access: .readWrite)
      let triggers = "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'audit'"
      for trigger in try connection.query(triggers, [], { $0.text(0) }) {
        try connection.run("DROP TRIGGER \(trigger)")
      }
      try connection.run(statement)
    } else {
      let schema = storeVariables["LEAD_STORE_SCHEMA"] ?? nil
      try TestPostgres.connect(TestPostgres.server()).execute(
        "SET search_path = \(schema ?? ""); ALTER TABLE audit DISABLE TRIGGER USER; \(statement)")
    }
  }
}
