import Testing

@testable import demo_crm

@Suite("JSON of the demo CRM")
struct JSONTests {
  private func read(_ text: String) throws -> JSONValue { try JSONReader.read(Array(text.utf8)) }

  @Test("integers and other numbers stay apart, spellings stay")
  func numbers() throws {
    #expect(
      try read(" [0, -7, 80.0, 1e3, 2147483648, 1000000000000000000000] ")
        == .array([
          0, -7, .number("80.0"), .number("1e3"), 2_147_483_648, .number("1000000000000000000000"),
        ]))
    #expect(
      try read("1000000000000000000000").isInteger && !(try read("80.0").isInteger) && !(try read("1e3").isInteger))
  }

  @Test("escapes, surrogate pairs and NUL are read; the last of equal keys counts")
  func texts() throws {
    #expect(try read(#""a\"\\\/\b\f\n\r\té\ud83c\udfe5\u0000z""#) == "a\"\\/\u{8}\u{C}\n\r\té🏥\u{0}z")
    #expect(try read(#"{"a":1,"b":null,"a":true}"#)["a"] == .bool(true))
  }

  @Test(
    "what is not JSON is refused",
    arguments: [
      "", "[1,]", "{\"a\" 1}", "[1 2]", "01", "-", "nul", "\"\\x\"", "\"open", "[", "{\"a\":1", "\"\\ud800\"", "1 2",
      "\"line\nbreak\"", "NaN", "{1:2}",
    ])
  func refusals(text: String) throws {
    #expect(throws: JSONSyntaxError.self) { try read(text) }
    let deep = String(repeating: "[", count: 100_000)
    #expect(throws: JSONSyntaxError.self) { try read(deep) }
  }

  @Test("what is written reads back the same")
  func roundTrip() throws {
    let value: JSONValue = .object([
      "text": "q\" b\\ n\n c\u{1} é 🏥", "list": .array([.null, .bool(false), 5, .number("1.50")]),
      "empty": .object([:]),
    ])
    #expect(try read(JSONWriter.text(of: value)) == value)
    #expect(JSONWriter.text(of: "a\u{1}\n") == "\"a\\u0001\\n\"")
  }
}
