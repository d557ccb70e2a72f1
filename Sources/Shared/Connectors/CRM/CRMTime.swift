import Timekeeping

/// Times in the API's answers: ISO 8601, `2026-01-31T08:15:00.123456`, with `Z` or an offset or without a zone.
enum CRMTime {
  /// Nil for any other form. A time without a zone is taken as UTC: the API does not say which zone its server writes,
  /// so it may be off by hours, which a window of days can bear.
  static func parse(_ text: String) -> Timestamp? {
    let bytes = Array(text.utf8)
    guard bytes.count >= 19, bytes[10] == UInt8(ascii: "T") || bytes[10] == UInt8(ascii: " ") else { return nil }
    func number(_ start: Int, _ count: Int) -> Int64? {
      guard start + count <= bytes.count else { return nil }
      return bytes[start..<(start + count)].reduce(Int64?(0)) { value, byte in
        guard let value, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else { return nil }
        return value * 10 + Int64(byte - UInt8(ascii: "0"))
      }
    }
    guard
      let year = number(0, 4), let month = number(5, 2), let day = number(8, 2), let hour = number(11, 2),
      let minute = number(14, 2), let second = number(17, 2), (1...12).contains(month)
    else { return nil }
    // Days since 1970-01-01, Howard Hinnant's days_from_civil: https://howardhinnant.github.io/date_algorithms.html
    let shifted = month <= 2 ? year - 1 : year
    let era = shifted / 400
    let yearOfEra = shifted % 400
    let dayOfYear = (153 * ((month + 9) % 12) + 2) / 5 + day - 1
    let days = era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    let local = ((days * 24 + hour) * 60 + minute) * 60 + second
    return Timestamp(milliseconds: (local - offset(bytes[19...])) * 1000)
  }

  /// Seconds east of UTC in what follows the seconds: a fraction, then `Z`, `+hh:mm`, `-hh` or nothing.
  private static func offset(_ tail: ArraySlice<UInt8>) -> Int64 {
    guard let sign = tail.firstIndex(where: { $0 == UInt8(ascii: "+") || $0 == UInt8(ascii: "-") }) else { return 0 }
    let digits = tail[(sign + 1)...].compactMap { byte in
      (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) ? Int64(byte - UInt8(ascii: "0")) : nil
    }
    guard digits.count >= 2 else { return 0 }
    let minutes = digits.count >= 4 ? digits[2] * 10 + digits[3] : 0
    let seconds = (digits[0] * 10 + digits[1]) * 3600 + minutes * 60
    return tail[sign] == UInt8(ascii: "-") ? -seconds : seconds
  }
}
