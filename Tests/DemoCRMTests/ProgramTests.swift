import Database
import Foundation
import Testing

@testable import demo_crm

@Suite("The program demo-crm")
struct ProgramTests {
  /// The built program lies beside the test bundle.
  private static var program: URL {
    let bundle = URL(fileURLWithPath: CommandLine.arguments[0]).resolvingSymlinksInPath()
    return bundle.deletingLastPathComponent().appendingPathComponent("demo-crm")
  }

  private struct Ended: Sendable {
    let status: Int32
    let output: String
    let errors: String
  }

  /// Runs the program to its end, calling `meanwhile` with its first line and process id once it has printed one.
  private func run(
    _ arguments: [String], in folder: String,
    meanwhile: @escaping @Sendable (String, Int32) throws -> Void = { _, _ in }
  ) async throws -> Ended {
    try await DedicatedThread(name: "program").run {
      let process = Process()
      process.executableURL = Self.program
      process.arguments = arguments
      process.environment = ["TMPDIR": folder]
      let output = Pipe()
      let errors = Pipe()
      process.standardOutput = output
      process.standardError = errors
      try process.run()
      let first = output.fileHandleForReading.availableData
      if !first.isEmpty { try meanwhile(String(decoding: first, as: UTF8.self), process.processIdentifier) }
      let rest = output.fileHandleForReading.readDataToEndOfFile()
      let errorText = errors.fileHandleForReading.readDataToEndOfFile()
      process.waitUntilExit()
      return Ended(
        status: process.terminationStatus, output: String(decoding: first + rest, as: UTF8.self),
        errors: String(decoding: errorText, as: UTF8.self))
    }
  }

  @Test(
    "it prints one line when it listens, ends by SIGTERM or SIGINT with 0, and removes its folder",
    arguments: [SIGTERM, SIGINT])
  func life(signal: Int32) async throws {
    let folder = try TemporaryFolder()
    defer { folder.remove() }
    let ended = try await run(["--port", "0"], in: folder.path) { line, process in
      #expect(line.wholeMatch(of: #/demo-crm ready on http://127\.0\.0\.1:\d+\n/#) != nil)
      let own = try FileManager.default.contentsOfDirectory(atPath: folder.path)
      #expect(own.count == 1)
      kill(process, signal)
    }
    #expect(ended.status == 0)
    #expect(ended.errors == "")
    #expect(ended.output.split(separator: "\n").count == 1)
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == [])
  }

  @Test("a password in the URL, an unknown fault and wrong numbers are wrong usage; an unreachable database is 69")
  func refusals() async throws {
    let folder = try TemporaryFolder()
    defer { folder.remove() }
    for arguments in [
      ["--database", "postgresql://user:secret@localhost/crm"],
      ["--database", "postgresql://localhost/crm?password=secret"],
      ["--fault", "nonsense"], ["--port", "70000"], ["--pace", "0"], ["--leads", "-1"],
      ["--closed-from", "/nonexistent"],
    ] {
      let ended = try await run(arguments, in: folder.path)
      #expect(ended.status == 64, "\(arguments)")
      #expect(!ended.errors.contains("secret"))
    }
    let unreachable = try await run(["--database", "postgresql://127.0.0.1:1/crm"], in: folder.path)
    #expect(unreachable.status == 69)
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == [])
  }

  @Test("sample-leads prints the generator's file")
  func samples() async throws {
    let folder = try TemporaryFolder()
    defer { folder.remove() }
    let ended = try await run(
      ["sample-leads", "--count", "30", "--seed", "4", "--clean", "--format", "ndjson"], in: folder.path)
    #expect(ended.status == 0)
    #expect(ended.output == SampleSource(count: 30, seed: 4, isClean: true).text(format: .ndjson))
  }
}
