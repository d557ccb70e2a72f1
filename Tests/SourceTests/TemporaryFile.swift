import Connectors
import Foundation
import Leads

/// A file of its own for one test, gone with it.
final class TemporaryFile: Sendable {
  let path: String

  init(_ content: some Sequence<UInt8>, name: String = "leads.json") throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "sources-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    path = folder.appending(path: name).path
    try write(content)
  }

  convenience init(_ text: String, name: String = "leads.json") throws {
    try self.init(Array(text.utf8), name: name)
  }

  func write(_ content: some Sequence<UInt8>) throws {
    try Data(content).write(to: URL(filePath: path))
  }

  deinit {
    do {
      try FileManager.default.removeItem(at: URL(filePath: path).deletingLastPathComponent())
    } catch {
      print("a temporary folder stays behind: \(error)")
    }
  }
}

/// All that a source file gives.
struct Reading: Equatable {
  var records: [SourceRecord] = []
  var summary: SourceSummary

  init(_ path: String) throws {
    var records: [SourceRecord] = []
    summary = try SourceFile(path: path).read { records.append($0) }
    self.records = records
  }

  /// The file lives as long as it is read.
  init(_ file: TemporaryFile) throws {
    self = try withExtendedLifetime(file) { try Reading($0.path) }
  }

  static func of(_ text: String) throws -> Reading {
    try Reading(TemporaryFile(text))
  }

  var leads: [Lead] {
    records.compactMap { if case .usable(let lead, _) = $0.outcome { lead } else { nil } }
  }

  /// `line: reason` of each rejected record.
  var rejections: [String] {
    records.compactMap { if case .rejected(let reason) = $0.outcome { "\($0.line): \(reason)" } else { nil } }
  }
}

/// Synthetic leads; number n always gives the same one.
enum Sample {
  /// The NPI of lead `number`: nine digits from 1_000_000_00 on, and their check digit.
  static func npi(_ number: Int) -> String {
    let nine = String(100_000_000 + number)
    return (0...9).map { nine + String($0) }.first { NPI($0) != nil } ?? ""
  }

  static func object(_ number: Int) -> String {
    #"{"id": \#(number), "score": \#(60 + number % 40), "priority": "A Priority", "practice_name": "Clinic \#(number)", "#
      + #""owner_name": "OWNER, \#(number)", "npi": "\#(npi(number))", "zip": "6101.0", "specialties": "[{\"x\"},{]"}"#
  }

  static func key(_ number: Int) -> String { "npi:" + npi(number) }

  static func array(_ numbers: Range<Int>, separator: String = ",\n  ") -> String {
    "[\n  " + numbers.map(object).joined(separator: separator) + "\n]\n"
  }

  static func lines(_ numbers: Range<Int>) -> String {
    numbers.map { object($0) + "\n" }.joined()
  }
}
