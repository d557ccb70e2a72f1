/// Makes a text fit to be sent, shown and compared.
///
/// Without control characters (a NUL rolls the CRM's whole batch back), invisible marks and placeholders; white space of
/// any kind is one space, none at the ends; at most `charactersMax` characters. Cleaning a clean text changes nothing, so
/// a value read back from the CRM is the value that was sent.
enum CleanText {
  /// In Unicode code points, as PostgreSQL counts characters. The CRM's columns are `varchar` without a length; 500 code
  /// points are at most 2,000 bytes, which also fits below the 2,704 bytes that PostgreSQL's B-tree takes in one entry,
  /// should a column be indexed.
  static let charactersMax = 500

  struct Result: Equatable {
    var text: String
    /// The text was longer than `charactersMax`.
    var isShortened = false
  }

  /// The clean text, or nil when nothing is left.
  static func clean(_ text: String) -> Result? {
    let bytes = text.utf8.span
    switch glance(at: bytes) {
    case .clean: return Result(text: text)
    case .uneven: return mended(text)
    case .suspect: break
    }
    switch Placeholder.look(at: bytes) {
    case .absent: return Result(text: text)
    case .possible: return mended(text)
    case .everything: return nil
    }
  }

  private enum Glance {
    /// Nothing to mend, and no placeholder.
    case clean
    /// Nothing to mend unless it is, or holds, a placeholder.
    case suspect
    case uneven
  }

  /// The common case, decided in one pass without a copy: printable ASCII, single spaces, not too long, and no word that begins
  /// as a placeholder does (`Placeholder.mayBegin`).
  private static func glance(at bytes: Span<UInt8>) -> Glance {
    guard bytes.count > 0, bytes.count <= charactersMax else { return .uneven }
    var previous = ASCII.space
    var isSuspect = false
    var hasMeaning = false
    for at in 0..<bytes.count {
      let byte = bytes[at]
      guard byte >= ASCII.space, byte < 0x7F, byte != ASCII.space || previous != ASCII.space else { return .uneven }
      if Placeholder.mayBegin(byte), byte == UInt8(ascii: "<") || Placeholder.isSeparator(previous) { isSuspect = true }
      hasMeaning = hasMeaning || ASCII.isLetter(byte) || ASCII.isDigit(byte)
      previous = byte
    }
    guard previous != ASCII.space else { return .uneven }
    return isSuspect || !hasMeaning ? .suspect : .clean
  }

  private static func mended(_ text: String) -> Result? {
    var result = Result(text: text)
    // Removing one thing may bring together another: repeat until nothing changes. Each round only shortens.
    while true {
      let (visible, isShortened) = shortened(visibleCharacters(of: result.text))
      result.isShortened = result.isShortened || isShortened
      let meaningful = Placeholder.removed(from: Array(visible.utf8))
      guard !meaningful.isEmpty else { return nil }
      let next = String(decoding: meaningful, as: UTF8.self)
      // Canonical equivalence is not enough here: the bytes are what is sent.
      if next.utf8.elementsEqual(result.text.utf8) { return result }
      result.text = next
    }
  }

  private static func shortened(_ text: String) -> (text: String, isShortened: Bool) {
    let scalars = text.unicodeScalars
    guard let end = scalars.index(scalars.startIndex, offsetBy: charactersMax, limitedBy: scalars.endIndex),
      end < scalars.endIndex
    else { return (text, false) }
    return (visibleCharacters(of: String(scalars[..<end])), true)
  }

  private static func visibleCharacters(of text: String) -> String {
    var kept = String.UnicodeScalarView()
    var isSpaceDue = false
    for scalar in text.unicodeScalars {
      switch role(of: scalar) {
      case .space:
        isSpaceDue = !kept.isEmpty
      case .nothing:
        continue
      case .character:
        if isSpaceDue { kept.append(" ") }
        isSpaceDue = false
        kept.append(scalar)
      }
    }
    return String(kept)
  }

  private enum Role {
    case character, space, nothing
  }

  private static func role(of scalar: Unicode.Scalar) -> Role {
    switch scalar.value {
    case 0x09...0x0D, 0x20, 0x85, 0xA0, 0x1680, 0x2000...0x200A, 0x2028, 0x2029, 0x202F, 0x205F, 0x3000:
      .space
    // Control characters; zero-width space, direction marks, byte order mark and other invisible formatting. The
    // joiners U+200C and U+200D belong to words of some scripts and stay.
    case 0...0x1F, 0x7F...0x9F, 0xAD, 0x200B, 0x200E, 0x200F, 0x202A...0x202E, 0x2060...0x206F, 0xFEFF,
      0xFFF9...0xFFFF:
      .nothing
    default:
      .character
    }
  }
}
