/// Texts that stand where a value is missing: `<UNAVAIL>`, `nan`, `nan, nan`, `None`, `n/a` and their kin.
///
/// They are no values: none reaches the CRM, and none is ever a match key, or every record without a practice name would
/// be the same lead. Our own `Unknown Practice` is one of them, so that a row read back from the CRM says what it said
/// when it was sent. All texts here are ASCII and compared without regard to case.
enum Placeholder {
  /// Sent as `practice_name`, which the CRM requires, when neither practice nor owner has a name.
  static let unknownPractice = "Unknown Practice"

  /// What a text may consist of, once or several times, without saying anything.
  private static let words: [[UInt8]] = [
    "nan", "na", "n/a", "n.a.", "#n/a", "none", "null", "nil", "unknown", "unavail", "unavailable", "undefined",
  ].map { Array($0.utf8) }

  /// Meaningless only as the whole text.
  private static let phrases: [[UInt8]] = [
    "not available", "not applicable", "not provided", "not specified", "unknown practice",
  ].map { Array($0.utf8) }

  /// Meaningless wherever they stand: no name contains them.
  private static let brackets: [[UInt8]] = [
    "<unavail>", "<unavailable>", "<unknown>", "<null>", "<none>", "<nan>", "<na>", "<n/a>",
  ].map { Array($0.utf8) }

  /// What a program writes for a missing part of a list, spelt exactly so: `SMITH, nan`. The first name in `SMITH, NAN`
  /// and the surname Na stay.
  private static let parts: [[UInt8]] = [
    "nan", "NaN", "None", "null", "NULL", "n/a", "N/A", "#N/A",
  ].map { Array($0.utf8) }

  /// What a glance at a text shows.
  enum Look {
    /// No placeholder: `removed(from:)` would change nothing.
    case absent
    /// There may be one.
    case possible
    /// The text consists of placeholders alone.
    case everything
  }

  /// Cheap, and right about `absent` and `everything`.
  static func look(at bytes: Span<UInt8>) -> Look {
    var hasMeaning = false
    var hasOther = false
    var isSuspect = false
    var start = 0
    for at in 0...bytes.count {
      if at < bytes.count, !isSeparator(bytes[at]) {
        let byte = bytes[at]
        isSuspect = isSuspect || byte == UInt8(ascii: "<")
        hasMeaning = hasMeaning || ASCII.isLetter(byte) || ASCII.isDigit(byte)
      } else {
        if at > start {
          switch word(bytes, start, count: at - start) {
          case .absent: hasOther = true
          case .possible: (hasOther, isSuspect) = (true, true)
          case .everything: isSuspect = true
          }
        }
        start = at + 1
      }
    }
    if !hasOther || !hasMeaning { return .everything }
    return isSuspect ? .possible : .absent
  }

  /// `text` without its placeholders; empty when nothing else was there. Cuts once: what then stands side by side may be
  /// a placeholder again.
  static func removed(from text: [UInt8]) -> [UInt8] {
    let bare = withoutBrackets(text)
    return isMeaningless(bare) ? [] : withoutParts(bare)
  }

  /// Whether a placeholder may begin with this byte: a text of which no word does so, and that holds no `<`, holds none.
  static func mayBegin(_ byte: UInt8) -> Bool {
    switch byte | 0x20 {
    case UInt8(ascii: "n"), UInt8(ascii: "u"): true
    default: byte == UInt8(ascii: "<") || byte == UInt8(ascii: "#")
    }
  }

  static func isSeparator(_ byte: UInt8) -> Bool {
    byte == ASCII.space || byte == ASCII.comma || byte == ASCII.semicolon
  }

  /// Whether a word is a placeholder by itself, or may be the begin of one of several words.
  private static func word(_ bytes: Span<UInt8>, _ start: Int, count: Int) -> Look {
    switch ASCII.lowercased(bytes[start]) {
    case UInt8(ascii: "n"), UInt8(ascii: "u"), UInt8(ascii: "#"):
      if matches(words, bytes, start, count) { return .everything }
      let isNot =
        count == 3 && ASCII.lowercased(bytes[start]) == UInt8(ascii: "n")
        && ASCII.lowercased(bytes[start + 2]) == UInt8(ascii: "t")
      return isNot ? .possible : .absent
    case UInt8(ascii: "<"):
      return matches(brackets, bytes, start, count) ? .everything : .possible
    default:
      return .absent
    }
  }

  private static func matches(_ list: [[UInt8]], _ bytes: Span<UInt8>, _ start: Int, _ count: Int) -> Bool {
    candidates: for candidate in list where candidate.count == count {
      for offset in 0..<count where ASCII.lowercased(bytes[start + offset]) != candidate[offset] {
        continue candidates
      }
      return true
    }
    return false
  }

  private static func withoutBrackets(_ text: [UInt8]) -> [UInt8] {
    guard text.contains(UInt8(ascii: "<")) else { return text }
    var kept: [UInt8] = []
    var at = 0
    while at < text.count {
      if text[at] == UInt8(ascii: "<"),
        let bracket = brackets.first(where: { text[at...].prefix($0.count).map(ASCII.lowercased) == $0 })
      {
        kept.append(ASCII.space)
        at += bracket.count
      } else {
        kept.append(text[at])
        at += 1
      }
    }
    return kept
  }

  private static func isMeaningless(_ text: [UInt8]) -> Bool {
    let lower = text.map(ASCII.lowercased)
    if phrases.contains(lower) { return true }
    if lower.split(whereSeparator: isSeparator).allSatisfy({ word in words.contains { $0.elementsEqual(word) } }) {
      return true
    }
    return !String(decoding: text, as: UTF8.self).unicodeScalars.contains {
      $0.properties.isAlphabetic || $0.properties.numericType != nil
    }
  }

  /// Without the parts of a comma list that are placeholders, and without `nan` between spaces.
  private static func withoutParts(_ text: [UInt8]) -> [UInt8] {
    var hasChanged = false
    let pieces = text.split(separator: ASCII.comma).compactMap { piece -> [UInt8]? in
      let wordsOfPiece = piece.split(separator: ASCII.space)
      let kept = wordsOfPiece.filter { !parts[0].elementsEqual($0) && !parts[1].elementsEqual($0) }
      let joined = Array(kept.joined(separator: [ASCII.space]))
      let isDropped = joined.isEmpty || parts.contains(joined)
      if kept.count < wordsOfPiece.count || (isDropped && !joined.isEmpty) { hasChanged = true }
      return isDropped ? nil : joined
    }
    return hasChanged ? Array(pieces.joined(separator: [ASCII.comma, ASCII.space])) : text
  }
}
