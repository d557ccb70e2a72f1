public import struct Foundation.TimeZone

/// When business is done in a zone: hours by the clock on the wall, days of the week, holidays. It also names the day that a
/// moment falls on, for the daily limit, whatever the hours.
///
/// A business day opens at the first moment at which the clock shows the opening or has gone past it, and closes likewise.
/// So a day on which the clocks change may be an hour shorter or longer, and is open but once.
public struct BusinessCalendar: Sendable {
  /// How far ahead an opening is looked for. Who is closed for longer has no next opening.
  static let horizonDays = 400

  /// The clock on the wall of the business.
  public let clock: ZoneClock
  /// From when until when, and on which days of the week.
  public let hours: BusinessHours
  /// Days on which nothing is done all the same.
  public let holidays: Holidays

  /// `zone`: an IANA name such as `America/New_York`. Nil when this machine does not know it.
  public init?(zone name: String, hours: BusinessHours = .usual, holidays: Holidays = .none) {
    guard let clock = ZoneClock(zone: name) else { return nil }
    self.clock = clock
    self.hours = hours
    self.holidays = holidays
  }

  /// Whose midnight begins a day.
  public var zone: TimeZone { clock.zone }

  /// The day of a moment, `YYYY-MM-DD`.
  public func day(of time: Timestamp) -> String { clock.day(of: time).description }

  /// When the day ends on which the moment falls. Always later than it.
  public func midnight(after time: Timestamp) -> Timestamp {
    // Where the clock is set back over midnight, the day begins, ends, and begins again.
    let midnight = clock.firstMoment(of: clock.day(of: time), minutes: 1440)
    return midnight > time ? midnight : time + .milliseconds(1)
  }

  // MARK: Days

  /// Whether business is done on that day.
  public func isBusinessDay(_ day: CivilDay) -> Bool { cause(on: day) == nil }

  /// When business is open on that day; nil when it is not, and on a day that the zone leaves out.
  public func period(of day: CivilDay) -> Range<Timestamp>? {
    guard isBusinessDay(day) else { return nil }
    let opening = clock.firstMoment(of: day, minutes: hours.opening)
    let closing = clock.firstMoment(of: day, minutes: hours.closing)
    return opening < closing ? opening..<closing : nil
  }

  /// The times of business that are not over at `time`, in order, the one at work first: at most `horizonDays` days of them.
  func periods(from time: Timestamp) -> some Sequence<(day: CivilDay, period: Range<Timestamp>)> {
    // Where the clock is set back over midnight, the day before may still be open.
    let first = clock.day(of: time).advanced(by: -1)
    return (0...Self.horizonDays).lazy.compactMap { offset -> (day: CivilDay, period: Range<Timestamp>)? in
      let day = first.advanced(by: offset)
      guard let period = period(of: day), period.upperBound > time else { return nil }
      return (day, period)
    }
  }

  // MARK: Moments

  /// Whether business is open.
  public func isOpen(at time: Timestamp) -> Bool { closure(at: time) == nil }

  /// The first moment, `time` or later, at which business is open; nil when there is none within 400 days.
  public func nextOpening(from time: Timestamp) -> Timestamp? {
    periods(from: time).first { _ in true }.map { max($0.period.lowerBound, time) }
  }

  /// Why business is closed at a moment, and when it opens; nil while it is open.
  public func closure(at time: Timestamp) -> Closure? {
    let next = nextOpening(from: time)
    guard next != time else { return nil }
    var closure = cause(on: clock.day(of: time)) ?? Closure(cause: .outsideHours)
    closure.nextOpening = next
    closure.nextOpeningWords = next.map { words(for: $0, seenFrom: time) }
    return closure
  }

  /// Why nothing is done on a whole day, without its next opening. A holiday on a weekend is a weekend.
  private func cause(on day: CivilDay) -> Closure? {
    guard hours.days.contains(day.weekday) else { return Closure(cause: .weekend) }
    return holidays.name(of: day).map { Closure(cause: .holiday, holiday: $0) }
  }

  /// A moment for people: `today 09:00 EST`, `Monday 09:00 EST` within six days, `Monday, January 4, 09:00 EST` further away,
  /// with the year where it is another one.
  public func words(for time: Timestamp, seenFrom now: Timestamp) -> String {
    let (day, today) = (clock.day(of: time), clock.day(of: now))
    let clockTime = "\(clock.timeOfDay(at: time)) \(clock.abbreviation(at: time))"
    switch day.number - today.number {
    case 0: return "today \(clockTime)"
    case 1...6: return "\(day.weekday.name) \(clockTime)"
    default:
      let (year, month, dayOfMonth) = day.parts
      let yearWords = year == today.parts.year ? "" : " \(year),"
      return "\(day.weekday.name), \(Self.months[month - 1]) \(dayOfMonth),\(yearWords) \(clockTime)"
    }
  }

  /// The same in short: `Tue 14:00` within six days, `Tue Dec 8 14:00` further away.
  public func shortWords(for time: Timestamp, seenFrom now: Timestamp) -> String {
    let day = clock.day(of: time)
    let isNear = day.number - clock.day(of: now).number <= 6
    return (isNear ? String(day.weekday.name.prefix(3)) : Self.shortWords(for: day)) + " " + clock.timeOfDay(at: time)
  }

  /// `Tue Dec 8`
  public static func shortWords(for day: CivilDay) -> String {
    "\(day.weekday.name.prefix(3)) \(months[day.parts.month - 1].prefix(3)) \(day.parts.day)"
  }

  private static let months = [
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
  ]
}

/// Why business is closed, and until when.
public struct Closure: Sendable, Equatable, Codable {
  /// What keeps it closed.
  public enum Cause: String, Sendable, Codable {
    /// Before opening or after closing on a business day.
    case outsideHours = "outside_hours"
    /// A day of the week on which no business is done.
    case weekend
    case holiday
  }

  /// What keeps it closed.
  public var cause: Cause
  /// The name of the holiday.
  public var holiday: String?
  /// Nil: not within 400 days.
  public var nextOpening: Timestamp?
  /// `nextOpening` for people, such as `Monday 09:00 EST`.
  public var nextOpeningWords: String?

  /// See the properties.
  public init(
    cause: Cause, holiday: String? = nil, nextOpening: Timestamp? = nil, nextOpeningWords: String? = nil
  ) {
    self.cause = cause
    self.holiday = holiday
    self.nextOpening = nextOpening
    self.nextOpeningWords = nextOpeningWords
  }

  /// `outside business hours, next opening Monday 09:00 EST`, or `holiday (Christmas Day), next opening Monday 09:00 EST`.
  public var sentence: String {
    let reason =
      switch cause {
      case .outsideHours, .weekend: "outside business hours"
      case .holiday: holiday.map { $0 == Holidays.nameless ? $0 : "holiday (\($0))" } ?? Holidays.nameless
      }
    return reason + (nextOpeningWords.map { ", next opening \($0)" } ?? ", with no opening in the next 400 days")
  }

  private enum CodingKeys: String, CodingKey {
    case cause, holiday
    case nextOpening = "next_opening"
    case nextOpeningWords = "next_opening_words"
  }
}
