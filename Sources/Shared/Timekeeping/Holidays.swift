/// The days without business beside the weekend: those of a named calendar, and single dates.
public struct Holidays: Sendable, Equatable {
  /// What a holiday without a name is called.
  static let nameless = "holiday"
  /// None at all.
  public static let none = Holidays()

  /// Holidays that come every year.
  public var calendar: HolidayCalendar?
  /// Single dates with the name of the holiday, which may be empty.
  public private(set) var dates: [CivilDay: String]

  /// See the properties.
  public init(calendar: HolidayCalendar? = nil, dates: [CivilDay: String] = [:]) {
    self.calendar = calendar
    self.dates = dates
  }

  /// Adds single dates; a date that is known keeps its name.
  public mutating func add(_ more: [CivilDay: String]) {
    dates.merge(more) { known, new in known.isEmpty ? new : known }
  }

  /// The holiday on a day, `holiday` where it has no name; nil when it is none.
  public func name(of day: CivilDay) -> String? {
    if let name = calendar?.name(of: day) { return name }
    return dates[day].map { $0.isEmpty ? Self.nameless : $0 }
  }

  /// Why a list of holidays cannot be read. Lines count from 1.
  public enum ListError: Error, Equatable, CustomStringConvertible {
    case notADate(line: Int)
    case givenTwice(line: Int, day: CivilDay)
    case empty

    /// For people: what was found where, and what was expected.
    public var description: String {
      switch self {
      case .notADate(let line): "line \(line): expected a date as YYYY-MM-DD, then, if you like, its name"
      case .givenTwice(let line, let day): "line \(line): \(day) was given before"
      case .empty: "it holds no date"
      }
    }
  }

  /// Reads a list of holidays: a line for each, a date as `YYYY-MM-DD` and, if wanted, its name after a space or a comma. What
  /// follows `#` is a comment; empty lines do not count. A list without a date is an error: it was surely meant to hold one.
  public static func parse(_ text: String) throws(ListError) -> [CivilDay: String] {
    var dates: [CivilDay: String] = [:]
    for (index, line) in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated() {
      let content = line.prefix { $0 != "#" }.trimmed
      guard !content.isEmpty else { continue }
      let date = content.prefix { !$0.isWhitespace && $0 != "," }
      guard let day = CivilDay(date) else { throw .notADate(line: index + 1) }
      guard dates[day] == nil else { throw .givenTwice(line: index + 1, day: day) }
      dates[day] = String(content.dropFirst(date.count).drop { $0.isWhitespace || $0 == "," })
    }
    guard !dates.isEmpty else { throw .empty }
    return dates
  }
}

extension Substring {
  fileprivate var trimmed: Substring {
    let start = drop(while: \.isWhitespace)
    guard let last = start.lastIndex(where: { !$0.isWhitespace }) else { return start.prefix(0) }
    return start[...last]
  }
}
