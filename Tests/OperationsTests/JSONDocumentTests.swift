import TestSupport
import Testing

@testable import Operations

struct JSONDocumentTests {
  @Test(
    "what is not JSON is refused with its line",
    arguments: [
      ("", 1, "expected a value, found the end of the file"),
      ("{\n\"a\" 1}", 2, "expected ':' after the key \"a\", found '1'"),
      ("{\"a\": 1,\n}", 2, "expected a key in double quotes, found '}'"),
      ("{\"a\": 1\n\"b\": 2}", 2, "expected ',' or '}', found '\"'"),
      ("[1,\n2", 2, "expected ',' or ']', found the end of the file"),
      ("{}\n\nx", 3, "expected the end of the file, found 'x'"),
      ("{\"a\": 'b'}", 1, "expected a value, found '''"),
      ("{\"a\": \"b\n\"}", 1, "a text is not closed on its line"),
      ("{\"a\": \"b", 1, "a text is not closed before the end of the file"),
      ("{\n/* open\n\n", 2, "the comment that begins here is not closed"),
      ("[01]", 1, "'01' is not a number"),
      ("[-]", 1, "'-' is not a number"),
      ("[1.]", 1, "'1.' is not a number"),
      ("[1.e5]", 1, "'1.e5' is not a number"),
      ("[1e999]", 1, "'1e999' is not a number"),
      ("[\"\\ud800\"]", 1, "half a surrogate pair in a text"),
      ("[\"\\x\"]", 1, "unknown escape in a text"),
      ("[\"\\u12g4\"]", 1, "expected four hexadecimal digits after \\u"),
      ("[NaN]", 1, "expected a value, found 'N'"),
      ("[1e\(String(repeating: "9", count: 999))]", 1, "'1e\(String(repeating: "9", count: 58))…' is not a number"),
    ])
  func syntax(text: String, line: Int, reason: String) {
    #expect(throws: JSONSyntaxError(line: line, reason: reason)) { try JSONDocument.parse(text) }
  }

  @Test("nesting without end is refused, not followed")
  func depth() {
    let error = #expect(throws: JSONSyntaxError.self) {
      try JSONDocument.parse(String(repeating: "[", count: 100_000))
    }
    #expect(error?.reason == "nested deeper than 32 levels")
  }

  @Test("values are read as written, with escapes and a byte order mark")
  func values() throws {
    let value = try JSONDocument.parse(
      "\u{feff}{\"a\": [1, -2.5, 3.0, 1e2, 20000000000000000000], \"b\": \"\\u00e9\\ud83d\\ude00\\n\\/é\", \"c\": [true, false, null]}"
    ).value
    #expect(
      value
        == .object([
          "a": .list([.integer(1), .number(-2.5), .integer(3), .integer(100), .number(20_000_000_000_000_000_000)]),
          "b": .text("é😀\n/é"), "c": .list([.boolean(true), .boolean(false), .null]),
        ]))
  }

  @Test("every value comes back from its own text", arguments: 0..<200 as Range<UInt64>)
  func roundTrip(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    let value = JSONDocumentTests.value(depth: 0, &random)
    #expect(try JSONDocument.parse(value.compactText).value == value)
  }

  @Test("a text cut off anywhere is refused", arguments: 0..<50 as Range<UInt64>)
  func truncation(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    let text = JSONValue.object(["key": JSONDocumentTests.value(depth: 1, &random)]).compactText
    for count in 0..<text.unicodeScalars.count {
      let cut = String(String.UnicodeScalarView(text.unicodeScalars.prefix(count)))
      #expect(throws: JSONSyntaxError.self, "\(cut)") { try JSONDocument.parse(cut) }
    }
  }

  @Test(
    "the distance between names counts insertions, removals, changes and swaps",
    arguments: [
      ("", "", 0), ("abc", "", 3), ("abc", "abd", 1), ("abc", "acb", 1), ("kitten", "sitting", 3), ("a", "bcd", 3),
    ])
  func distance(left: String, right: String, expected: Int) {
    #expect(editDistance(Array(left.utf8), Array(right.utf8)) == expected)
    #expect(editDistance(Array(right.utf8), Array(left.utf8)) == expected)
  }

  private static func value(depth: Int, _ random: inout SeededGenerator) -> JSONValue {
    switch Int.random(in: 0..<(depth > 3 ? 5 : 7), using: &random) {
    case 0: .null
    case 1: .boolean(Bool.random(using: &random))
    case 2: .integer(Int.random(in: -1_000_000...1_000_000, using: &random))
    case 3: .number(Double(Int.random(in: -9999...9999, using: &random)) + 0.25)
    case 4: .text(text(&random))
    case 5: .list((0..<Int.random(in: 0..<4, using: &random)).map { _ in value(depth: depth + 1, &random) })
    default:
      .object(
        Dictionary(
          (0..<Int.random(in: 0..<4, using: &random)).map { _ in (text(&random), value(depth: depth + 1, &random)) },
          uniquingKeysWith: { first, _ in first }))
    }
  }

  private static func text(_ random: inout SeededGenerator) -> String {
    let alphabet = Array("ab\"\\/{}[]:,é😀\n\t\u{0}\u{1b}\u{2028}\u{202e} *")
    return String(
      (0..<Int.random(in: 0..<8, using: &random)).map { _ in alphabet.randomElement(using: &random) ?? "x" })
  }
}
