import TestSupport
import Testing

@testable import Leads

@Suite("Clean text")
struct CleanTextTests {
  @Test(
    "Placeholders are no text",
    arguments: [
      "", " ", "<UNAVAIL>", "<unavail>", "nan", "NaN", "NAN", "nan, nan", "nan,nan", "nan nan", "None", "null", "NULL",
      "n/a", "N/A", "NA", "#N/A", "nil", "unknown", "Unknown Practice", "UNKNOWN  PRACTICE", "not available",
      "undefined", "-", "--", "?", "...", "\u{2014}", "\u{0}", "\t\n", "\u{200B}", "\u{FEFF}nan", "n\u{0}an",
      "<UNAVAIL>, <UNAVAIL>", "N/A, N/A", "nan;nan",
    ])
  func placeholders(_ text: String) {
    #expect(CleanText.clean(text) == nil)
  }

  @Test(
    "Names that only look like placeholders stay",
    arguments: [
      "Nan Smith", "SMITH, NAN", "Smith, Na", "Nancy", "Nantucket Dental", "Unknown Pleasures LLC", "Nilsson", "O'Neil",
      "New Haven", "Not Just Feet", "Node-Not", "3M", "24", "Praxis für Füße", "李", "Unavailable Men Therapy",
      "<3 Pets",
    ])
  func lookAlikes(_ text: String) {
    #expect(CleanText.clean(text)?.text == text)
  }

  @Test(
    "Dirt in a text is removed, the rest stays",
    arguments: [
      ("  Elm   Street ", "Elm Street"), ("Elm\tStreet\r\n", "Elm Street"), ("Sm\u{0}ith", "Smith"),
      ("Elm\u{A0}Street", "Elm Street"), ("SMITH, nan", "SMITH"), ("nan, Podiatry", "Podiatry"),
      ("12 Elm St, nan, Hartford", "12 Elm St, Hartford"), ("John nan Smith", "John Smith"),
      ("<UNAVAIL> Clinic", "Clinic"), ("Podiatry, None", "Podiatry"), ("\u{202E}Smith", "Smith"),
      ("a\u{7F}b\u{85}c", "ab c"),
    ])
  func dirt(_ dirty: String, _ clean: String) {
    #expect(CleanText.clean(dirty)?.text == clean)
  }

  @Test("A text is cut to 500 code points, so that PostgreSQL can always store and index it")
  func bounded() {
    let fits = String(repeating: "é", count: 500)
    #expect(CleanText.clean(fits) == CleanText.Result(text: fits, isShortened: false))
    #expect(
      CleanText.clean(fits + "xyz") == CleanText.Result(text: fits, isShortened: true))
    // The cut must not leave a placeholder at the end: it would be removed at the next cleaning.
    let tail = String(repeating: "a", count: 495) + ", nanette"
    #expect(CleanText.clean(tail)?.text == String(repeating: "a", count: 495))
  }

  @Test("Cleaning a clean text changes nothing, and leaves no control character", arguments: 0..<20 as Range<UInt64>)
  func idempotent(seed: UInt64) {
    let parts = [
      "nan", "NaN", "None", "<UNAVAIL>", "<", ">", "unavail", ",", ", ", " ", "  ", "\u{0}", "\t", "n/a", "-", "Smith",
      "é", "e\u{301}", "\u{A0}", "\u{200B}", "Unknown", "Practice", "unknown practice", "not", "available", "/", "a",
      "\u{1F600}", "\"", "\\", ";", "#", "N/A", "\u{2028}", "null", String(repeating: "x", count: 170),
    ]
    var random = SeededGenerator(seed: seed)
    for _ in 0..<300 {
      let count = Int.random(in: 0...9, using: &random)
      let text = (0..<count).map { _ in parts.randomElement(using: &random) ?? "" }.joined()
      guard let once = CleanText.clean(text)?.text else { continue }
      #expect(CleanText.clean(once) == CleanText.Result(text: once), "\(text.debugDescription)")
      #expect(!once.unicodeScalars.contains { $0.properties.generalCategory == .control })
      #expect(once.unicodeScalars.count <= 500 && !once.isEmpty)
      #expect(!once.lowercased().contains("<unavail>"))
    }
  }
}
