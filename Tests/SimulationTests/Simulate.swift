import Foundation

/// Runs the built `simulate` and reads what it prints.
enum Simulate {
  struct Result: Sendable {
    let status: Int32
    let output: String

    private var lines: [Substring] { output.split(separator: "\n") }

    /// How often each kind of fault struck.
    var faults: [String: Int] {
      lines.reduce(into: [:]) { faults, line in
        let words = line.split(separator: " ")
        if words.count == 2, words[0].contains("_"), let count = Int(words[1]) { faults[String(words[0])] = count }
      }
    }

    /// Leads created, by the last line.
    var created: Int {
      let words = lines.last?.split(separator: " ") ?? []
      return words.firstIndex(of: "leads").flatMap { Int(words[$0 - 1]) } ?? 0
    }

    /// Everything that happened, without how fast it was told.
    var story: [Substring] { lines.filter { !$0.contains("simulated days a minute") } }
  }

  struct Missing: Error, CustomStringConvertible {
    let path: String
    var description: String { "\(path) is not built. Run the tests by `make test`." }
  }

  static func run(_ arguments: String...) async throws -> Result {
    // A build lays it beside the test bundle.
    let bundle = URL(fileURLWithPath: CommandLine.arguments[0]).resolvingSymlinksInPath()
    let program = bundle.deletingLastPathComponent().appendingPathComponent("simulate")
    guard FileManager.default.isExecutableFile(atPath: program.path) else { throw Missing(path: program.path) }
    return try await withCheckedThrowingContinuation { continuation in
      let thread = Thread {
        continuation.resume(with: Swift.Result { try start(program, arguments) })
      }
      thread.start()
    }
  }

  private static func start(_ program: URL, _ arguments: [String]) throws -> Result {
    let process = Process()
    process.executableURL = program
    process.arguments = arguments
    let pipe = Pipe()
    process.standardOutput = pipe
    process.standardError = pipe
    process.standardInput = FileHandle.nullDevice
    try process.run()
    let data = pipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return Result(status: process.terminationStatus, output: String(decoding: data, as: UTF8.self))
  }
}
