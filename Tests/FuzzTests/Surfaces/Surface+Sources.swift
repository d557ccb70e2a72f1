import Connectors
import Foundation
import Leads
import Synchronization

extension Surface {
  /// Source files: arrays and NDJSON.
  static let sources = Surface("sources", rounds: 160, examples: SourceCheck.documents.examples) {
    try SourceCheck.documents.check($0)
  }
  /// Source files: CSV.
  static let tables = Surface("tables", rounds: 160, examples: SourceCheck.tables.examples) {
    try SourceCheck.tables.check($0)
  }
}

private struct SourceCheck {
  /// How the file's name ends.
  let ending: String
  /// Good lines, which must come through whatever stands between them.
  let before: String
  let after: String
  let examples: [String]

  private static let files = Atomic(0)
  private static let first = record("1234567893", "first \(Surface.canary)")
  private static let last = record("1245319599", "last \(Surface.canary)")

  private static func record(_ npi: String, _ name: String) -> String {
    #"{"npi": "\#(npi)", "score": 92, "practice_name": "\#(name)", "zip": "06101"}"#
  }

  static let documents = SourceCheck(
    ending: "json", before: first, after: last, examples: documentExamples)

  private static let documentExamples = [
    "[\(first),\n \(last)]", "\(first)\n\(last)\n", "\u{FEFF}[]", "[\(first),,null,\"\(Surface.canary)\",\n{\"npi\":",
    #"[{"npi": 1003000126, "score": 91.5e0, "owner_name": "C\u0041NARY7Q \ud83d\ude00", "specialties": ["a", {"b": [1]}]}]"#,
    #"{"practice_name": "\#(Surface.canary)", "score": "A+", "zip": "6101.0", "practice_phone": "(212) 555-0123"}"#,
    "{\"npi\": NaN, \"score\": -Infinity}\n{\"npi\":\n\"1\"}\n{\"a\":{\"a\":{\"a\":[[[\"\(Surface.canary)\"]]]}}}",
  ]

  static let tables = SourceCheck(
    ending: "csv", before: "\(header)\n1234567893,92,first \(Surface.canary),06101",
    after: "1245319599,92,last \(Surface.canary),06101",
    examples: [
      "\(header)\n1234567893,92,\(Surface.canary),06101\n", "\u{FEFF}\(header)\r\n1234567893,92,,06101\r\n\r\n",
      "\(header)\n1245319599,91.5,\"\(Surface.canary), \"\"the\"\" first\nof two lines\" ,06101,,\n",
      "npi;Practice Name;score\n1003000126;\"\(Surface.canary);\";A+\n", "npi\tscore\n1003000126\t-1e5\n1\n\"",
      "npi|zip\n|",
    ])

  private static let header = "npi,score,practice_name,zip"

  func check(_ bytes: [UInt8]) throws {
    _ = try read(bytes)
    // Beside them, and on lines of their own, good records come through.
    let around = Array(before.utf8) + [0x0A] + bytes + [0x0A] + Array(after.utf8) + [0x0A]
    guard let records = try read(around) else { throw Finding(description: "good lines are not read") }
    try require(
      records.first?.key == "npi:1234567893" && records.first?.line == 1 + before.count { $0 == "\n" },
      "the record before the damage is lost")
    let line = 1 + around.dropLast().count { $0 == 0x0A }
    try require(records.last?.key == "npi:1245319599" && records.last?.line == line, "the one behind it is lost")
  }

  private struct Read: Equatable {
    var line: Int
    /// Nil: rejected.
    var key: String?
  }

  /// Nil when the file as a whole is refused, with a reason.
  private func read(_ bytes: [UInt8]) throws -> [Read]? {
    let number = Self.files.wrappingAdd(1, ordering: .relaxed).newValue
    let path =
      FileManager.default.temporaryDirectory.path
      + "/fuzz-\(ProcessInfo.processInfo.processIdentifier)-\(number).\(ending)"
    try Data(bytes).write(to: URL(filePath: path))
    defer { unlink(path) }
    var records: [Read] = []
    var texts: [String] = []
    do {
      let summary = try SourceFile(path: path).read { record in
        try require(record.position == records.count + 1, "a record vanished before position \(record.position)")
        switch record.outcome {
        case .usable(let lead, let notes):
          records.append(Read(line: record.line, key: lead.key.rawValue))
          texts += notes.map { "\($0)" }
        case .rejected(let reason):
          records.append(Read(line: record.line))
          try require(!reason.isEmpty && reason.utf8.count < 500, "a reason is empty or endless")
          texts.append(reason)
        }
      }
      try require(
        summary.records == records.count && summary.usable == records.count { $0.key != nil }, "the sums do not agree")
      let lines = records.map(\.line)
      try require(lines == lines.sorted() && lines.allSatisfy { $0 >= 1 }, "lines go back")
      try requireSilence(texts)
      return records
    } catch let error as SourceError {
      try requireSilence(texts + ["\(error)".replacing(path, with: "")])
      return nil
    }
  }
}
