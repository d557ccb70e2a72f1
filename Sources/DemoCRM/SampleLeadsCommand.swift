import ArgumentParser
import Foundation

/// Writes a source file of invented leads to standard output.
struct SampleLeadsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "sample-leads", abstract: "Print invented leads as a source file, with the dirt of the real one.",
    discussion: """
      Example:
        demo-crm sample-leads --count 200 --seed 7 --format ndjson > leads.ndjson
      """)

  @Option(help: "How many leads, up to 1,000,000.")
  var count = 500

  @Option(help: "Equal seeds print equal files.")
  var seed: UInt64 = 1

  @Flag(help: "Without the dirt: no placeholders, no contradictions, texts where texts belong.")
  var clean = false

  @Option(help: "json (one array) or ndjson (one object a line).")
  var format = SampleSource.Format.json

  func validate() throws {
    guard (0...1_000_000).contains(count) else { throw ValidationError("--count is a number from 0 to 1000000.") }
  }

  func run() throws {
    let text = SampleSource(count: count, seed: seed, isClean: clean).text(format: format)
    try FileHandle.standardOutput.write(contentsOf: Data(text.utf8))
  }
}

extension SampleSource.Format: ExpressibleByArgument {}
