/// What a backslash means within a text of JSON (RFC 8259, section 7).
enum JSONEscapes {
  /// Writes the text within `range`, whose escapes the scanner has checked, into `unescaped`; false for half a surrogate
  /// pair, which is no Unicode.
  static func resolve(_ bytes: Span<UInt8>, _ range: Range<Int>, into unescaped: inout [UInt8]) -> Bool {
    unescaped.removeAll(keepingCapacity: true)
    var at = range.lowerBound
    while at < range.upperBound {
      guard bytes[at] == UInt8(ascii: "\\") else {
        unescaped.append(bytes[at])
        at += 1
        continue
      }
      let letter = bytes[at + 1]
      at += 2
      switch letter {
      case UInt8(ascii: "b"): unescaped.append(0x08)
      case UInt8(ascii: "f"): unescaped.append(0x0C)
      case UInt8(ascii: "n"): unescaped.append(0x0A)
      case UInt8(ascii: "r"): unescaped.append(0x0D)
      case UInt8(ascii: "t"): unescaped.append(0x09)
      case UInt8(ascii: "u"):
        guard let scalar = scalar(bytes, &at, range.upperBound) else { return false }
        unescaped.append(contentsOf: UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter)
      default: unescaped.append(letter)
      }
    }
    return true
  }

  /// The scalar of the four digits at `at`, or of them and the surrogate after them; `at` is then behind it.
  private static func scalar(_ bytes: Span<UInt8>, _ at: inout Int, _ end: Int) -> Unicode.Scalar? {
    let first = codeUnit(bytes, at)
    at += 4
    guard UTF16.isLeadSurrogate(first) else { return Unicode.Scalar(first) }
    guard at + 6 <= end, bytes[at] == UInt8(ascii: "\\"), bytes[at + 1] == UInt8(ascii: "u") else { return nil }
    let second = codeUnit(bytes, at + 2)
    guard UTF16.isTrailSurrogate(second) else { return nil }
    at += 6
    return UTF16.decode(UTF16.EncodedScalar([first, second]))
  }

  private static func codeUnit(_ bytes: Span<UInt8>, _ start: Int) -> UInt16 {
    (start..<start + 4).reduce(0) { $0 << 4 | UInt16(hexadecimal(bytes[$1]) ?? 0) }
  }

  /// The value of a hexadecimal digit; nil for every other byte.
  static func hexadecimal(_ byte: UInt8) -> UInt8? {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
    case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
    default: nil
    }
  }
}
