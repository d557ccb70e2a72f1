import Connectors
import Foundation
import Leads
import TestSupport
import Testing

@Suite("Source files")
struct SourceFileTests {
  @Test("An array and NDJSON give the same leads, with lines and positions")
  func formats() throws {
    let array = try Reading.of(Sample.array(0..<5))
    let lines = try Reading.of(Sample.lines(0..<5))
    #expect(array.leads.map(\.key.rawValue) == (0..<5).map(Sample.key))
    #expect(lines.leads == array.leads)
    #expect(array.records.map(\.line) == [2, 3, 4, 5, 6])
    #expect(lines.records.map(\.line) == [1, 2, 3, 4, 5])
    #expect(array.records.map(\.position) == [1, 2, 3, 4, 5])
    #expect(array.summary.usable == 5 && array.summary.rejected == 0 && array.summary.records == 5)
  }

  @Test("White space, line ends and a byte order mark make no difference")
  func layout() throws {
    let expected = try Reading.of(Sample.array(0..<3)).leads
    for text in [
      Sample.array(0..<3, separator: ","), "\u{FEFF}" + Sample.array(0..<3),
      Sample.array(0..<3).replacingOccurrences(of: "\n", with: "\r\n"), "\n\n \t" + Sample.array(0..<3),
      Sample.array(0..<3, separator: "\n,\n"), Sample.lines(0..<3).replacingOccurrences(of: "\n", with: "\r\n"),
      "\u{FEFF}" + Sample.lines(0..<3), Sample.lines(0..<3).replacingOccurrences(of: "\n", with: "\n\n"),
      String(Sample.lines(0..<3).dropLast()),
      Sample.array(0..<3).replacingOccurrences(of: ", \"", with: ",\n    \""),
    ] {
      let reading = try Reading.of(text)
      #expect(reading.leads == expected)
      #expect(reading.rejections == [])
    }
  }

  @Test("Commas too many or too few between records are overlooked")
  func commas() throws {
    let expected = try Reading.of(Sample.array(0..<3)).leads
    for separator in [" ", ",,", "\n"] {
      #expect(try Reading.of(Sample.array(0..<3, separator: separator)).leads == expected)
    }
    #expect(try Reading.of("[" + Sample.object(0) + ",]").rejections == [])
    #expect(try Reading.of((0..<3).map { Sample.object($0) + ",\n" }.joined()).leads == expected)
  }

  @Test("An empty array has no records and is no error")
  func emptyArray() throws {
    let reading = try Reading.of(" [ ] ")
    #expect(reading.records == [])
    #expect(reading.summary.records == 0)
  }

  @Test("Escapes, surrogate pairs and any script arrive as they were meant")
  func escapes() throws {
    let record =
      #"{"score": 90, "phone": "2035550147", "contact_name": "Jos\u00e9 \"\/\\ \ud83d\ude00 李\tx","#
      + #" "\u007ait\u0079": "New\nHaven", "city": "A\u0000B"}"#
    let lead = try #require(try Reading.of("[\(record)]").leads.first)
    #expect(lead.ownerName == "José \"/\\ 😀 李 x")
    #expect(lead.city == "AB")
  }

  @Test("Of a field written twice, the last one counts, and fields of no interest are passed over whatever they hold")
  func otherFields() throws {
    let record =
      #"{"score": 10, "x": [1, {"score": [[], {}, null]}, "}"], "score": 90, "npi": 1234567893, "y": {"z": -0.5e-3}}"#
    let reading = try Reading.of("[\(record)]")
    #expect(reading.leads.map(\.score) == [90])
    #expect(reading.leads.map(\.key.rawValue) == ["npi:1234567893"])
  }

  @Test("Numbers that Python writes for missing values are null")
  func notANumber() throws {
    let reading = try Reading.of(
      #"[{"score": 90, "npi": 1234567893, "providers": NaN, "zip": -Infinity, "x": Infinity}]"#)
    #expect(reading.leads.map(\.providers) == [1])
    #expect(reading.leads.map(\.zipCode) == [nil])
  }

  // MARK: Errors of the whole file

  @Test("A file that is missing, a folder, or of another format is an error that says so")
  func noSource() throws {
    let folder = FileManager.default.temporaryDirectory.path
    #expect(throws: SourceError.missing(path: "/nowhere/leads.json")) { try Reading("/nowhere/leads.json") }
    #expect(throws: SourceError.missing(path: "/nowhere/leads.csv")) { try Reading("/nowhere/leads.csv") }
    #expect(throws: SourceError.notAFile(path: folder)) { try Reading(folder) }
    #expect(throws: SourceError.notAFile(path: "/dev/null")) { try Reading("/dev/null") }
    let sheet = try TemporaryFile("PK", name: "leads.XLSX")
    #expect(throws: SourceError.unsupportedFormat(path: sheet.path)) { try Reading(sheet) }
    #expect(SourceError.unsupportedFormat(path: "x").description.contains("NDJSON"))
  }

  @Test("A file that may not be read says why", .enabled(if: getuid() != 0, "root may read everything"))
  func notPermitted() throws {
    let file = try TemporaryFile(Sample.array(0..<1))
    #expect(chmod(file.path, 0) == 0)
    #expect(throws: SourceError.unreadable(path: file.path, reason: "Permission denied")) { try Reading(file) }
  }

  @Test("An empty file is an error of its own", arguments: ["", " \n\t\n", "\u{FEFF}"])
  func emptyFile(_ text: String) throws {
    let file = try TemporaryFile(text)
    #expect(throws: SourceError.empty(path: file.path)) { try Reading(file) }
  }

  @Test(
    "A file without records is an error, with the line and what was expected there",
    arguments: [
      ("<html>\n<body>\n</body>\n</html>\n", 1, "a value"), ("id,score\n1,90\n", 1, "a value"),
      ("[section]\nkey=value\n", 1, "a value"), ("null\n", 1, "null in the place"), ("42", 1, "a number in the place"),
      ("\n\n\"text\"", 3, "a text in the place"), ("[", 1, "the file ends"), ("[{\"score\": 9", 1, "the file ends"),
      ("{\n  \"score\": 90\n}\n", 1, "before the line ends"), ("\u{0}\u{1}\u{2}", 1, "a value"),
    ])
  func notRecords(_ text: String, _ line: Int, _ expected: String) throws {
    let file = try TemporaryFile(text)
    let error = try #require(throws: SourceError.self) { try Reading(file) }
    guard case .notJSON(file.path, line, let reason) = error else {
      Issue.record("\(error)")
      return
    }
    #expect(reason.contains(expected))
  }

  @Test("UTF-16 is named, and a binary file costs no thousand rejections")
  func otherEncodings() throws {
    let wide = try TemporaryFile([0xFF, 0xFE, 0x5B, 0x00])
    let error = try #require(throws: SourceError.self) { try Reading(wide) }
    #expect(error.description.contains("UTF-16"))
    var random = SeededGenerator(seed: 5)
    let noise = try TemporaryFile((0..<200_000).map { _ in UInt8.random(in: 0x80...0xFF, using: &random) } + [10])
    #expect(throws: SourceError.self) { try SourceFile(path: noise.path).read { _ in Issue.record("a record") } }
  }

  @Test("A file that is written to while it is read is read again: what was read of it may be half old and half new")
  func changedMeanwhile() throws {
    let file = try TemporaryFile(Sample.array(0..<5))
    var seen = 0
    // Seven lines were there, and the reading stood behind the last of them.
    #expect(throws: SourceError.changed(path: file.path, line: 8)) {
      try SourceFile(path: file.path).read { _ in
        seen += 1
        if seen == 2 { #expect(truncate(file.path, 10) == 0) }
      }
    }
    #expect(seen == 5, "what was in view is handed out")
    #expect(SourceError.changed(path: "x", line: 7).description.contains("rename it"))
  }

  @Test("A file that vanishes while it is read is read to its end, and missing at the next look")
  func vanished() throws {
    let file = try TemporaryFile(Sample.array(0..<5))
    var seen = 0
    _ = try SourceFile(path: file.path).read { _ in
      seen += 1
      if seen == 1 { #expect(rename(file.path, file.path + ".gone") == 0) }
    }
    #expect(seen == 5)
    #expect(throws: SourceError.missing(path: file.path)) { try Reading(file) }
  }

  @Test("What the receiver of the records throws ends the reading")
  func receiverThrows() throws {
    struct Enough: Error {}
    let file = try TemporaryFile(Sample.array(0..<5))
    var seen = 0
    #expect(throws: Enough.self) {
      try SourceFile(path: file.path).read { _ in
        seen += 1
        if seen == 2 { throw Enough() }
      }
    }
    #expect(seen == 2)
  }

  // MARK: Fingerprint

  @Test("The fingerprint survives its text form, and changes with the file")
  func fingerprint() throws {
    let file = try TemporaryFile(Sample.array(0..<2))
    let before = try SourceFingerprint(path: file.path)
    #expect(SourceFingerprint(before.description) == before)
    #expect(try SourceFingerprint(path: file.path) == before)
    #expect(try Reading(file).summary.fingerprint == before)
    #expect(before.size == Int64(Sample.array(0..<2).utf8.count))
    // Replaced by a file of the same size: another inode.
    try FileManager.default.moveItem(atPath: file.path, toPath: file.path + ".old")
    try file.write(Array(Sample.array(0..<2).utf8))
    #expect(try SourceFingerprint(path: file.path) != before)
    #expect(SourceFingerprint("1:2:3") == nil && SourceFingerprint("1:2:3:x") == nil && SourceFingerprint("") == nil)
    #expect(throws: SourceError.missing(path: "/nowhere")) { try SourceFingerprint(path: "/nowhere") }
  }
}
