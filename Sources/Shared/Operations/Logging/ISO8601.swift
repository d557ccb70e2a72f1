package import Timekeeping

/// Moments as ISO 8601 text, by the proleptic Gregorian calendar, without any time zone database.
package enum ISO8601 {
  /// `2026-11-22T10:00:00.123-05:00`; a zone offset of zero reads `Z`. `offset` is in seconds east of UTC.
  package static func text(of time: Timestamp, offset: Int) -> String {
    let local = time.milliseconds + Int64(offset) * 1000
    let (days, millisecondOfDay) = floorDivide(local, by: 86_400_000)
    let (year, month, day) = date(ofDay: days)
    let second = millisecondOfDay / 1000
    var text = padded(year, 4) + "-" + padded(month, 2) + "-" + padded(day, 2)
    text += "T" + padded(second / 3600, 2) + ":" + padded(second / 60 % 60, 2) + ":" + padded(second % 60, 2)
    text += "." + padded(millisecondOfDay % 1000, 3)
    guard offset != 0 else { return text + "Z" }
    let minutes = Int64(abs(offset) / 60)
    return text + (offset < 0 ? "-" : "+") + padded(minutes / 60, 2) + ":" + padded(minutes % 60, 2)
  }

  /// The moment that a text names: `YYYY-MM-DDTHH:MM[:SS[.fraction]]` and a zone, `Z` or `±HH:MM` (`±HHMM`); a space may
  /// stand for `T`. Nil for anything else, also without a zone: a moment must not depend on the machine.
  package static func timestamp(of text: String) -> Timestamp? {
    var scanner = DigitScanner(text)
    guard let year = scanner.number(digits: 4), scanner.take("-"), let month = scanner.number(digits: 2),
      scanner.take("-"), let day = scanner.number(digits: 2), TextForm.date.accepts(String(text.prefix(10))),
      scanner.take("T") || scanner.take("t") || scanner.take(" "),
      let hour = scanner.number(digits: 2), hour < 24, scanner.take(":"),
      let minute = scanner.number(digits: 2), minute < 60
    else { return nil }
    var second: Int64 = 0
    var milliseconds: Int64 = 0
    if scanner.take(":") {
      guard let value = scanner.number(digits: 2), value < 60 else { return nil }
      second = value
      if scanner.take(".") {
        guard let fraction = scanner.milliseconds() else { return nil }
        milliseconds = fraction
      }
    }
    guard let offset = zoneOffset(&scanner), scanner.isAtEnd else { return nil }
    let days = self.day(year: year, month: month, day: day)
    let seconds = ((days * 24 + hour) * 60 + minute) * 60 + second - offset
    return Timestamp(milliseconds: seconds * 1000 + milliseconds)
  }

  private static func zoneOffset(_ scanner: inout DigitScanner) -> Int64? {
    if scanner.take("Z") || scanner.take("z") { return 0 }
    let sign: Int64 = scanner.take("-") ? -1 : scanner.take("+") ? 1 : 0
    guard sign != 0, let hours = scanner.number(digits: 2), hours < 24 else { return nil }
    _ = scanner.take(":")
    guard let minutes = scanner.number(digits: 2), minutes < 60 else { return nil }
    return sign * (hours * 3600 + minutes * 60)
  }

  // The two conversions count years from March, so that the leap day is the last of its year; 146,097 days are 400 years
  // (https://howardhinnant.github.io/date_algorithms.html).

  private static func date(ofDay day: Int64) -> (year: Int64, month: Int64, day: Int64) {
    let (era, dayOfEra) = floorDivide(day + 719_468, by: 146_097)
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let shifted = (5 * dayOfYear + 2) / 153
    let month = shifted < 10 ? shifted + 3 : shifted - 9
    return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * shifted + 2) / 5 + 1)
  }

  private static func day(year: Int64, month: Int64, day: Int64) -> Int64 {
    let (era, yearOfEra) = floorDivide(month <= 2 ? year - 1 : year, by: 400)
    let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
    return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
  }

  private static func floorDivide(_ value: Int64, by divisor: Int64) -> (quotient: Int64, remainder: Int64) {
    let (quotient, remainder) = value.quotientAndRemainder(dividingBy: divisor)
    return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
  }

  private static func padded(_ value: Int64, _ width: Int) -> String {
    // A year before 0 is written with its sign in front.
    if value < 0 { return "-" + padded(-value, width) }
    let digits = String(value)
    return String(repeating: "0", count: max(0, width - digits.utf8.count)) + digits
  }
}

/// Takes digits and marks off the front of a text.
private struct DigitScanner {
  private var rest: Substring.UTF8View

  init(_ text: String) {
    rest = Substring(text).utf8
  }

  var isAtEnd: Bool { rest.isEmpty }

  mutating func take(_ mark: Unicode.Scalar) -> Bool {
    guard rest.first == UInt8(ascii: mark) else { return false }
    rest = rest.dropFirst()
    return true
  }

  mutating func number(digits: Int) -> Int64? {
    let part = rest.prefix(digits)
    guard part.count == digits, part.allSatisfy({ (48...57).contains($0) }) else { return nil }
    rest = rest.dropFirst(digits)
    return part.reduce(0) { $0 * 10 + Int64($1 - 48) }
  }

  /// A fraction of a second; digits beyond the third are dropped.
  mutating func milliseconds() -> Int64? {
    let digits = rest.prefix { (48...57).contains($0) }
    guard (1...9).contains(digits.count) else { return nil }
    rest = rest.dropFirst(digits.count)
    let kept = digits.prefix(3).reduce(Int64(0)) { $0 * 10 + Int64($1 - 48) }
    return digits.count == 1 ? kept * 100 : digits.count == 2 ? kept * 10 : kept
  }
}
