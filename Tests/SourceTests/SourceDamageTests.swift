import Connectors
import Foundation
import Leads
import Testing

/// The dirt and the damage that source files have; the list of the CRM's contract, and of the requirements.
@Suite("Dirt and damage in source files")
struct SourceDamageTests {
  /// What may stand between good records, and what must become of it: a key with score, or a reason.
  private static let oddities: [(json: String, expected: String)] = [
    (#"{"score": null, "npi": "1245319599"}"#, "score: missing"),
    (#"{"score": 90.5, "npi": "1245319599"}"#, "npi:1245319599 90 A+"),
    (#"{"score": 1099511627776, "npi": "1245319599"}"#, "score: out of range"),
    (#"{"score": 80, "npi": "1245319599", "providers": null}"#, "npi:1245319599 80 A"),
    (#"{"score": 80, "npi": "1245319599", "practice_name": null}"#, "npi:1245319599 80 A"),
    (#"{"score": 80, "npi": "1245319599", "practice_name": "<UNAVAIL>"}"#, "npi:1245319599 80 A"),
    (#"{"score": 80, "npi": "1245319599", "specialties": ["a", "b"]}"#, "npi:1245319599 80 A"),
    (#"{"score": 80, "npi": "1245319599", "practice_name": ["a", {"b": 1}]}"#, "npi:1245319599 80 A"),
    (#"{"score": 80, "npi": "", "practice_phone": "2035550147"}"#, "hash: 80 A"),
    (#"{"score": 80, "npi": null, "practice_phone": "2035550147"}"#, "hash: 80 A"),
    (#"{"score": 80, "npi": "nan", "practice_phone": "2035550147"}"#, "hash: 80 A"),
    (#"{"score": 80, "npi": "nan"}"#, "npi, practice_phone, zip:"),
    (#"{"score": 80, "npi": "1245319599", "owner_name": "A\u0000B"}"#, "npi:1245319599 80 A"),
    (#""a text""#, "a text in the place"),
    ("42", "a number in the place"),
    ("null", "null in the place"),
    ("true", "true or false in the place"),
    ("[1, 2]", "a list in the place"),
    ("{}", "the record is empty"),
  ]

  private static func describe(_ record: SourceRecord) -> String {
    switch record.outcome {
    case .rejected(let reason): return reason
    case .usable(let lead, _):
      let key = lead.key.rawValue.hasPrefix("hash:") ? "hash:" : lead.key.rawValue
      return "\(key) \(lead.score) \(lead.leadClass?.rawValue ?? "C")"
    }
  }

  @Test(
    "Each oddity is mended or explained, with its line, and the 30 good leads around it stay", arguments: [true, false])
  func oddities(isArray: Bool) throws {
    var lines: [String] = []
    for (index, oddity) in Self.oddities.enumerated() {
      lines.append(Sample.object(index))
      lines.append(oddity.json)
    }
    lines += (Self.oddities.count..<30).map(Sample.object)
    let text = isArray ? "[" + lines.joined(separator: ",\n") + "]" : lines.joined(separator: "\n")
    let reading = try Reading.of(text)
    #expect(reading.records.map(\.line) == Array(1...lines.count))
    #expect(reading.records.map(\.position) == Array(1...lines.count))
    let good = Set((0..<30).map(Sample.key))
    #expect(reading.leads.filter { good.contains($0.key.rawValue) }.count == 30)
    for (index, oddity) in Self.oddities.enumerated() {
      let told = Self.describe(reading.records[index * 2 + 1])
      #expect(told.hasPrefix(oddity.expected), "\(oddity.json)")
    }
    for lead in reading.leads {
      let row = lead.requestRow(marker: "m", source: "s")
      for placeholder in ["UNAVAIL", "nan", #""""#, "\\u0000"] { #expect(!row.contains(placeholder)) }
      #expect(throws: Never.self) { try JSONSerialization.jsonObject(with: Data(row.utf8)) }
    }
  }

  @Test(
    "D11: one key for number and text in two files, and one malformed record costs neither its file nor its explanation"
  )
  func d11() throws {
    let first = try Reading.of(
      #"[{"score": 91, "npi": 1234567893, "owner_name": "A"}, {"score": 91, "x": }, {"score": 70}]"#)
    let second = try Reading.of(
      #"{"score": "91", "npi": "1234567893", "owner_name": "A"}"# + "\n"
        + #"{"score": 91.0, "npi": "1234567893.0", "owner_name": "A"}"# + "\n")
    #expect(Set(first.leads.map(\.key) + second.leads.map(\.key)) == [LeadKey(rawValue: "npi:1234567893")])
    #expect(first.leads.count == 1 && second.leads.count == 2)
    #expect(first.leads.first?.row(source: "s") == second.leads.last?.row(source: "s"))
    // The malformed one, and the one that nothing identifies, are both there with their reasons.
    #expect(first.rejections.count == 2)
    #expect(first.rejections.first?.contains("a value was expected") == true)
    #expect(first.rejections.last?.contains("cannot be told from others") == true)
  }

  private static let broken = [
    #"{"score": 90, "npi": }"#, #"{"score": 90 "npi": 1}"#, #"{"score": 90, "owner_name": "A"#, #"{"score": 90"#,
    #"{"score": 9x}"#, #"{score: 90}"#, #"{"score": 90, "owner_name": "\q"}"#, #"{"owner_name": "\u12G4"}"#,
    #"{"score": 90, "x": [1, 2}"#, #"{"score": 01}"#, #"{"score": 1.}"#, #"{"score": tru}"#, #"{'score': 90}"#, "@",
    "}",
    #"{"score": 90,, "x": 1}"#, #"{"x": "# + String(repeating: "[", count: 100), "{\"score\"", "{\"score\":",
    #"{"score": 90, "x": {"y": {"#, #"{"a": "b" "c"}"#, "undefined", "{\u{0}}",
  ]

  @Test("A malformed line of an NDJSON file is rejected with its line; every other line is read", arguments: broken)
  func malformedLine(_ broken: String) throws {
    let reading = try Reading.of(Sample.lines(0..<3) + broken + "\n" + Sample.lines(3..<6))
    #expect(reading.leads.map(\.key.rawValue) == (0..<6).map(Sample.key))
    #expect(reading.rejections.count == 1)
    #expect(reading.rejections.first?.hasPrefix("4: not valid JSON: ") == true)
    // The first line of all may be the broken one.
    let atStart = try Reading.of(broken + "\n" + Sample.lines(3..<6))
    #expect(atStart.leads.count == 3 && atStart.rejections.count == 1)
    #expect(atStart.records.map(\.position) == [1, 2, 3, 4])
  }

  @Test("A malformed record of an array is rejected with its line; every other record is read", arguments: broken)
  func malformedRecord(_ broken: String) throws {
    for separator in [",\n", ","] {
      let text =
        "[" + ((0..<3).map(Sample.object) + [broken] + (3..<6).map(Sample.object)).joined(separator: separator) + "]"
      let reading = try Reading.of(text)
      #expect(reading.leads.map(\.key.rawValue) == (0..<6).map(Sample.key))
      #expect(reading.rejections.count == 1)
      #expect(reading.rejections.first?.hasPrefix(separator == "," ? "1: not valid JSON" : "4: not valid JSON") == true)
      let atStart = try Reading.of("[" + [broken, Sample.object(3)].joined(separator: separator) + "]")
      #expect(atStart.leads.count == 1 && atStart.rejections.count == 1)
    }
  }

  @Test("A whole record is kept when something else stands behind it, which is reported", arguments: ["}", "@", "\"x"])
  func garbageBehind(_ garbage: String) throws {
    for text in [
      Sample.object(0) + garbage + "\n" + Sample.object(1),
      "[" + Sample.object(0) + garbage + ",\n" + Sample.object(1) + "]",
    ] {
      let reading = try Reading.of(text)
      #expect(reading.leads.map(\.key.rawValue) == (0..<2).map(Sample.key))
      #expect(reading.rejections.count == 1)
      #expect(reading.rejections.first?.hasPrefix("1: not valid JSON") == true)
    }
  }

  @Test("A malformed record spread over lines names the line of the fault")
  func faultLine() throws {
    let text = "[\n{\n  \"score\": 90,\n  \"npi\" 1\n},\n\(Sample.object(1))\n]"
    let reading = try Reading.of(text)
    #expect(reading.rejections == ["2: not valid JSON: a colon after a field name was expected in line 4"])
    #expect(reading.leads.count == 1)
  }

  @Test("A half-written record that runs into the next one costs itself alone")
  func merged() throws {
    let half = Sample.object(1).prefix(17)
    let text = "[\(Sample.object(0)),\(half)\(Sample.object(2)),\(Sample.object(3))]"
    let reading = try Reading.of(text)
    #expect(reading.leads.map(\.key.rawValue) == [0, 2, 3].map(Sample.key))
    #expect(reading.rejections.count == 1)
  }

  @Test("A text that is no Unicode rejects its record and names the field")
  func illFormed() throws {
    var bytes = Array(#"[{"score": 90, "npi": 1234567893, "owner_name": "Jos"#.utf8)
    bytes += [0xE9]
    bytes += Array(#""}, {"score": 90, "npi": 1234567893, "city": "\ud800x"}, "#.utf8)
    bytes += Array((Sample.object(1) + "]").utf8)
    let reading = try Reading(TemporaryFile(bytes))
    #expect(
      reading.rejections == ["1: owner_name: the text is not valid UTF-8", "1: city: the text is not valid UTF-8"])
    #expect(reading.leads.count == 1)
  }

  @Test("A file that ends too early gives the records before the break, and one problem", arguments: [true, false])
  func truncated(isArray: Bool) throws {
    let whole = Array((isArray ? Sample.array(0..<6) : Sample.lines(0..<6)).utf8)
    // Where each record ends.
    let ends = (1...6).map { count in
      isArray
        ? Sample.array(0..<count).utf8.count - 3
        : Sample.lines(0..<count).utf8.count - 1
    }
    for length in (ends[0] + 1)..<(ends[5]) {
      let reading = try Reading(TemporaryFile(whole.prefix(length)))
      let complete = ends.filter { $0 <= length }.count
      #expect(reading.leads.map(\.key.rawValue) == (0..<complete).map(Sample.key), "\(length) bytes")
      let isBetweenLines = !isArray && whole[length - 1] == UInt8(ascii: "\n") || ends.contains(length) && !isArray
      #expect(reading.rejections.count == (isBetweenLines ? 0 : 1), "\(length) bytes: \(reading.rejections)")
      #expect(reading.rejections.allSatisfy { $0.contains("the file ends") })
    }
  }

  @Test("Records larger than the window are rejected one by one, in bounded memory", arguments: [true, false])
  func tooLong(isArray: Bool) throws {
    let long = #"{"score": 90, "x": ""# + String(repeating: "long ", count: 250_000) + #""}"#
    let list = #"{"score": 90, "x": ["# + String(repeating: "1,", count: 600_000) + "1]}"
    let records = [Sample.object(0), long, Sample.object(1), list, Sample.object(2)]
    let text = isArray ? "[" + records.joined(separator: ",\n") + "]" : records.joined(separator: "\n")
    let reading = try Reading.of(text)
    #expect(reading.leads.map(\.key.rawValue) == (0..<3).map(Sample.key))
    #expect(reading.rejections == ["2: the record is longer than 1024 KiB", "4: the record is longer than 1024 KiB"])
    #expect(reading.records.map(\.line) == [1, 2, 3, 4, 5])
  }

  @Test("Records are whole wherever the window's edge falls", arguments: 0..<6)
  func windowEdge(shift: Int) throws {
    // 1.6 MB, so that the window moves, at other places for each shift.
    let text = String(repeating: " ", count: shift * 37) + Sample.array(0..<8_000)
    let reading = try Reading.of(text)
    #expect(reading.rejections == [])
    #expect(reading.leads.map(\.key.rawValue) == (0..<8_000).map(Sample.key))
    #expect(reading.records.last?.line == 8_001)
  }
}
