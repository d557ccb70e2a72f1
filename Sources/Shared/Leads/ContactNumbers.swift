/// Telephone numbers of the United States.
enum PhoneNumber {
  /// The ten digits of a number in any common spelling: `(203) 555-0147`, `+1 203.555.0147 x12`, `2035550147.0`.
  ///
  /// Nil for anything else, and for ten equal digits, which is how a missing number is filled in. Of two numbers, the
  /// first counts.
  static func tenDigits(_ text: String) -> String? {
    let spelling = WrittenNumber.wholeDigits(text) ?? text
    var digits: [UInt8] = []
    digits.reserveCapacity(11)
    for byte in spelling.utf8 {
      if ASCII.isDigit(byte) {
        digits.append(byte)
      } else if digits.count >= 10, isEnd(byte) {
        break
      } else if ASCII.isLetter(byte), !digits.isEmpty {
        return nil
      }
    }
    if digits.count == 11, digits[0] == UInt8(ascii: "1") { digits.removeFirst() }
    guard digits.count == 10, digits.contains(where: { $0 != digits[0] }) else { return nil }
    return String(decoding: digits, as: UTF8.self)
  }

  /// Where an extension or a second number begins.
  private static func isEnd(_ byte: UInt8) -> Bool {
    ASCII.isLetter(byte) || byte == ASCII.comma || byte == ASCII.semicolon || byte == UInt8(ascii: "/")
      || byte == UInt8(ascii: "#")
  }
}

/// ZIP codes of the United States.
enum ZIPCode {
  /// The five digits of a code, leading zeros put back, without the four of ZIP+4: `12345.0`, `6101.0` → `06101`,
  /// `06101-1234`, `61011234` → `06101`.
  ///
  /// Codes begin at 00501, so anything lower, or shorter than three digits, is no code with lost zeros. Nil for
  /// anything else.
  static func fiveDigits(_ text: String) -> String? {
    let spelling = WrittenNumber.wholeDigits(text) ?? text
    let parts = spelling.utf8.split(omittingEmptySubsequences: true) { $0 == UInt8(ascii: "-") || $0 == ASCII.space }
    guard let first = parts.first, spelling.utf8.first != UInt8(ascii: "-"),
      parts.allSatisfy({ $0.allSatisfy(ASCII.isDigit) })
    else { return nil }
    let zip: String
    switch (parts.count, first.count, parts.last?.count ?? 0) {
    case (1, 3...5, _), (2, 3...5, 4): zip = padded(first, to: 5)
    case (1, 7...9, _): zip = String(padded(first, to: 9).prefix(5))
    default: return nil
    }
    return zip < "00501" ? nil : zip
  }

  private static func padded(_ digits: Substring.UTF8View, to count: Int) -> String {
    String(repeating: "0", count: count - digits.count) + String(Substring(digits))
  }
}
