import Connectors
import Foundation
import Leads
import TestSupport
import Testing

/// Tables of texts with a header.
@Suite struct CSVTests {
  private static let header = "npi,score,practice_name,owner_name,city"

  private static func reading(_ text: String, name: String = "leads.csv") throws -> Reading {
    try Reading(TemporaryFile(text, name: name))
  }

  @Test("A table gives the leads that the same records give as JSON, with lines and positions")
  func sameAsJSON() throws {
    let table = try Self.reading(
      Self.header + "\n" + (0..<4).map { "\(Sample.npi($0)),\(60 + $0),Clinic \($0),\"OWNER, \($0)\",\n" }.joined())
    let array = try Reading.of(
      "["
        + (0..<4).map {
          #"{"npi":"\#(Sample.npi($0))","score":\#(60 + $0),"practice_name":"Clinic \#($0)","owner_name":"OWNER, \#($0)"}"#
        }.joined(separator: ",") + "]")
    #expect(table.leads == array.leads && table.leads.count == 4)
    #expect(table.records.map(\.line) == [2, 3, 4, 5] && table.records.map(\.position) == [1, 2, 3, 4])
    #expect(table.summary.mended == 0, "a number in a table is a number")
  }

  @Test(
    "The separator is the one of the header; byte order marks and line ends of any kind make no difference",
    arguments: [",", ";", "\t", "|"], ["\n", "\r\n"])
  func separators(separator: String, lineEnd: String) throws {
    let lines = [Self.header, "\(Sample.npi(1)),91,\"Clinic \"\"1\"\"\",Ada,New Haven", "\(Sample.npi(2)),92,C2,,"]
    let text = "\u{FEFF}" + lines.map { $0.replacing(",", with: separator) + lineEnd }.joined()
    for text in [text, String(text.dropLast(lineEnd.count == 1 ? 1 : 0))] {
      let reading = try Self.reading(text)
      #expect(reading.leads.map(\.practiceName) == ["Clinic \"1\"", "C2"])
      #expect(reading.leads.map(\.city) == ["New Haven", nil] && reading.rejections == [])
    }
  }

  @Test("A text in quotes may hold separators, quotes and line ends; lines are counted on")
  func quotes() throws {
    let reading = try Self.reading(
      Self.header + "\n" + "\(Sample.npi(1)),91,\"A \"\"B\"\", C\",\"two\nlines\",X\n" + "\n"
        + "\(Sample.npi(2)),92,5\" pipes,O'Brien,\"\" \n")
    #expect(reading.leads.map(\.practiceName) == ["A \"B\", C", "5\" pipes"])
    #expect(reading.leads.map(\.ownerName) == ["two lines", "O'Brien"])
    #expect(reading.records.map(\.line) == [2, 5])
  }

  @Test("Titles are compared without case, and with _ for blanks; other columns are passed over")
  func titles() throws {
    let reading = try Self.reading("NPI,Internal Note, Practice Name ,SCORE\n\(Sample.npi(1)),x,Clinic,91\n")
    #expect(reading.leads.map(\.practiceName) == ["Clinic"])
  }

  @Test(
    "Damage costs the record that it is in, and is told with its line and what to do",
    arguments: [
      ("1,2", "3: 2 fields in place of the header's 5; the line was cut off"),
      ("1,2,3,4,5,6", "3: 6 fields in place of the header's 5; a text that holds a separator stands in quotes"),
      (
        "1,2,\"open,4,5",
        "3: not valid CSV: a separator or the end of the line behind a closing quote was expected in line 4"
      ),
      ("1,2,\"a\"b,4,5", "3: not valid CSV: a separator or the end of the line behind a closing quote was expected"),
      ("1,,c,d,e", "3: score: missing, so the lead has no class"),
    ])
  func damage(line: String, rejection: String) throws {
    let good = [1, 2].map { "\(Sample.npi($0)),91,\"Clinic\",Ada,X" }
    let reading = try Self.reading([Self.header, good[0], line, good[1]].joined(separator: "\n") + "\n")
    #expect(reading.leads.map(\.key.rawValue) == [Sample.key(1), Sample.key(2)])
    #expect(reading.rejections == [rejection])
  }

  @Test("Empty cells behind the last column are no damage, and neither is a last line without an end")
  func trailing() throws {
    let reading = try Self.reading(Self.header + "\n\(Sample.npi(1)),91,C,O,X,,\n\(Sample.npi(2)),92,C,O,X")
    #expect(reading.leads.count == 2 && reading.rejections == [])
  }

  @Test("A quote that is never closed costs one record, wherever the file ends")
  func unclosed() throws {
    let reading = try Self.reading(Self.header + "\n1,91,\"open,4,5\n\(Sample.npi(2)),92,C,O,X\n")
    #expect(reading.leads.count == 1)
    #expect(reading.rejections == ["2: not valid CSV: the closing quote of a field was expected in line 4"])
  }

  @Test("A table without a known title is an error that says what to do; a header alone holds no leads")
  func headers() throws {
    let file = try TemporaryFile("a,b\n1,2\n", name: "x.csv")
    #expect(throws: SourceError.noHeader(path: file.path)) { try Reading(file) }
    #expect(SourceError.noHeader(path: "x").description.contains("source_management.mappings"))
    #expect(try Self.reading(Self.header + "\n").records.isEmpty)
    #expect(try Self.reading(Self.header).summary.records == 0)
  }

  @Test("What a file calls the fields may be said; JSON under the name of a table is still JSON")
  func mapping() throws {
    let names = FieldNames([.practiceName: "Company", .score: "Rating", .npi: "id"])
    let table = try TemporaryFile("Company,Rating,id,practice_name\nAcme,91,\(Sample.npi(1)),Other\n", name: "x.csv")
    let array = try TemporaryFile(
      #"[{"Company":"Acme","Rating":91,"id":"\#(Sample.npi(1))","score":1}]"#, name: "y.csv")
    for file in [table, array] {
      var leads: [Lead] = []
      _ = try SourceFile(path: file.path, names: names).read { record in
        if case .usable(let lead, _) = record.outcome { leads.append(lead) }
      }
      #expect(leads.map(\.practiceName) == ["Acme"] && leads.map(\.score) == [91])
      #expect(leads.map(\.key.rawValue) == [Sample.key(1)])
    }
  }

  @Test("Law: whatever texts the cells hold, they come back as they were", arguments: 0..<40)
  func roundTrip(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    let pieces = ["a", "Z", "9", "\"", "\"\"", ",", ";", "é", "x y", "'"]
    let names = (0..<20).map { _ in
      "N" + (0..<Int.random(in: 1...9, using: &random)).map { _ in pieces.randomElement(using: &random) ?? "" }.joined()
    }
    let rows = names.enumerated().map { number, name in
      "\(Sample.npi(number)),80,\"\(name.replacing("\"", with: "\"\""))\"\n"
    }
    let reading = try Self.reading("npi,score,practice_name\n" + rows.joined())
    let expected = try Reading.of(
      "["
        + names.enumerated().map { number, name in
          #"{"npi":"\#(Sample.npi(number))","score":80,"practice_name":"\#(name.replacing("\"", with: "\\\""))"}"#
        }.joined(separator: ",") + "]")
    #expect(reading.leads == expected.leads && reading.leads.count == 20)
  }

  @Test("A table larger than the window is read like a small one, and a record of more than a mebibyte is rejected")
  func large() throws {
    let note = String(repeating: "n", count: 900)
    let rows = (0..<3000).map { "\(Sample.npi($0)),80,\"C\n\($0)\",\(note)\n" }
    let text = "npi,score,practice_name,note\n" + rows.joined()
    #expect(try Self.reading(text).leads.count == 3000)
    let endless =
      "npi,score,practice_name,note\n\(Sample.npi(1)),80,C,\"" + String(repeating: "x", count: 1 << 21) + "\"\n"
    let reading = try Self.reading(endless + "\(Sample.npi(2)),80,C,n\n")
    #expect(reading.leads.map(\.key.rawValue) == [Sample.key(2)])
    #expect(reading.rejections.first?.hasPrefix("2: the record is longer than 1024 KiB") == true)
  }
}
