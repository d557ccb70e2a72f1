/// A decimal number as somebody wrote it, read exactly: no binary fraction ever rounds a score into another class.
enum WrittenNumber: Equatable {
  /// The greatest integer not above the number; `isExact` when there was no fraction.
  case integer(Int64, isExact: Bool)
  /// A number, but its integer part needs more than eighteen digits.
  case outOfRange
  case notANumber

  /// Reads an optional sign, digits with an optional point among or around them, and an optional exponent; spaces around.
  init(_ text: String) {
    if let digits = Self.plainDigits(text.utf8.span) {
      self = .integer(digits, isExact: true)
      return
    }
    guard let parts = Parts(text.utf8.span) else {
      self = .notANumber
      return
    }
    self = parts.floor
  }

  /// The common case, without a copy: one to eighteen digits and nothing else.
  private static func plainDigits(_ bytes: Span<UInt8>) -> Int64? {
    guard bytes.count > 0, bytes.count <= 18 else { return nil }
    var value: Int64 = 0
    for at in 0..<bytes.count {
      let digit = bytes[at] &- ASCII.zero
      guard digit < 10 else { return nil }
      value = value &* 10 &+ Int64(digit)
    }
    return value
  }

  /// The digits of a whole number, leading zeros kept: `06101` of `06101`, `6101.0` → `6101`, `1.5e3` → `1500`.
  /// Nil when `text` is anything but a whole number without a sign.
  static func wholeDigits(_ text: String) -> String? {
    let bytes = text.utf8.span
    var end = 0
    while end < bytes.count, ASCII.isDigit(bytes[end]) { end += 1 }
    if end == bytes.count { return end > 0 ? text : nil }
    if end > 0, bytes[end] == ASCII.dot {
      var tail = end + 1
      while tail < bytes.count, bytes[tail] == ASCII.zero { tail += 1 }
      if tail == bytes.count { return String(text.utf8.prefix(end)) }
    }
    guard case .integer(let value, isExact: true) = WrittenNumber(text), value >= 0 else { return nil }
    return String(value)
  }

  /// Where the digits are and what the exponent says.
  private struct Parts {
    var isNegative = false
    /// All digits before the exponent, without the point and without leading zeros.
    var digits: [UInt8] = []
    /// How many of `digits` stand before the point, once the exponent has moved it; may be negative or beyond the end.
    var wholeCount = 0

    init?(_ bytes: Span<UInt8>) {
      var at = 0
      var end = bytes.count
      while at < end, bytes[at] <= ASCII.space { at += 1 }
      while end > at, bytes[end - 1] <= ASCII.space { end -= 1 }
      if at < end, bytes[at] == UInt8(ascii: "-") || bytes[at] == UInt8(ascii: "+") {
        isNegative = bytes[at] == UInt8(ascii: "-")
        at += 1
      }
      var digitCount = 0
      var isPastPoint = false
      while at < end {
        let byte = bytes[at]
        if let digit = ASCII.digit(byte) {
          digitCount += 1
          if !digits.isEmpty || digit != 0 {
            digits.append(UInt8(digit))
            if !isPastPoint { wholeCount += 1 }
          } else if isPastPoint {
            wholeCount -= 1
          }
        } else if byte == ASCII.dot, !isPastPoint {
          isPastPoint = true
        } else {
          break
        }
        at += 1
      }
      guard digitCount > 0 else { return nil }
      if at < end {
        guard let exponent = Self.exponent(bytes, from: at, to: end) else { return nil }
        wholeCount += exponent
      }
    }

    /// `e`, an optional sign and digits, up to `end`; beyond a million it makes no difference any more.
    private static func exponent(_ bytes: Span<UInt8>, from start: Int, to end: Int) -> Int? {
      guard bytes[start] | 0x20 == UInt8(ascii: "e") else { return nil }
      var at = start + 1
      var isNegative = false
      if at < end, bytes[at] == UInt8(ascii: "-") || bytes[at] == UInt8(ascii: "+") {
        isNegative = bytes[at] == UInt8(ascii: "-")
        at += 1
      }
      guard at < end else { return nil }
      var value = 0
      while at < end {
        guard let digit = ASCII.digit(bytes[at]) else { return nil }
        value = min(value * 10 + digit, 100_000_000)
        at += 1
      }
      return isNegative ? -value : value
    }

    var floor: WrittenNumber {
      guard !digits.isEmpty else { return .integer(0, isExact: true) }
      guard wholeCount <= 18 else { return .outOfRange }
      var value: Int64 = 0
      for index in 0..<max(wholeCount, 0) {
        value = value * 10 + (index < digits.count ? Int64(digits[index]) : 0)
      }
      let isExact = !digits.dropFirst(max(wholeCount, 0)).contains { $0 != 0 }
      if isNegative { return .integer(isExact ? -value : -value - 1, isExact: isExact) }
      return .integer(value, isExact: isExact)
    }
  }
}
