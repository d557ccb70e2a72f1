/// One of the five fields of a cron expression: which values it allows, and whether it begins with `*`.
struct CronField: Sendable, Hashable {
  /// Bit n: the value n.
  let values: UInt64
  /// Whether it begins with `*`; a field of days that does leaves the choice of days to the other one.
  let isStarred: Bool

  func contains(_ value: Int) -> Bool { values >> UInt64(value) & 1 == 1 }

  /// The least allowed value that is not below `value`, nil when there is none.
  func first(from value: Int) -> Int? {
    guard value < 64 else { return nil }
    let left = values >> UInt64(value)
    return left == 0 ? nil : value + left.trailingZeroBitCount
  }

  /// Reads `*`, a value, a range, either with a step, or a list of these.
  init(_ text: Substring, _ name: CronFieldName) throws(CronError) {
    isStarred = text.hasPrefix("*")
    var values: UInt64 = 0
    for item in text.split(separator: ",", omittingEmptySubsequences: false) {
      for value in try Self.stride(item, name) { values |= 1 << UInt64(name == .dayOfWeek ? value % 7 : value) }
    }
    self.values = values
  }

  private static func stride(_ item: Substring, _ name: CronFieldName) throws(CronError) -> StrideThrough<Int> {
    let parts = item.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
    let range = try range(parts[0], name)
    guard parts.count == 2 else { return Swift.stride(from: range.lowerBound, through: range.upperBound, by: 1) }
    guard parts[0] == "*" || parts[0].contains("-") else {
      throw .field(name, String(item), expected: "a range or * before the step, such as \(name.range.lowerBound)-9/2")
    }
    guard let step = number(parts[1]), step > 0, step <= name.range.upperBound else {
      throw .field(name, String(item), expected: "a step from 1 to \(name.range.upperBound) after the /")
    }
    return Swift.stride(from: range.lowerBound, through: range.upperBound, by: step)
  }

  private static func range(_ text: Substring, _ name: CronFieldName) throws(CronError) -> ClosedRange<Int> {
    // In a star, Sunday counts once.
    if text == "*" { return name == .dayOfWeek ? 0...6 : name.range }
    let ends = text.split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
    let lower = try value(ends[0], name)
    guard ends.count == 2 else { return lower...lower }
    var upper = try value(ends[1], name)
    // `fri-sun` ends with the Sunday after.
    if name == .dayOfWeek, upper == 0, lower > 0 { upper = 7 }
    guard lower <= upper else {
      throw .field(name, String(text), expected: "the smaller value first; across the end, a list of two ranges")
    }
    return lower...upper
  }

  private static func value(_ text: Substring, _ name: CronFieldName) throws(CronError) -> Int {
    let found = number(text) ?? name.names.firstIndex(of: text.lowercased()).map { $0 + name.range.lowerBound }
    guard let found, name.range.contains(found) else {
      throw .field(name, String(text), expected: name.expectation)
    }
    return found
  }

  /// Plain digits, no sign.
  private static func number(_ text: Substring) -> Int? {
    text.allSatisfy { ("0"..."9").contains($0) } ? Int(text) : nil
  }
}
