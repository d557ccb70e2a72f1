import Timekeeping

/// A moment by its UTC date and time of day.
func utc(_ date: String, _ hour: Int, _ minute: Int = 0) -> Timestamp {
  guard let day = CivilDay(date) else { preconditionFailure("a date") }
  return Timestamp(milliseconds: Int64(day.number) * 86_400_000 + Int64(hour * 60 + minute) * 60_000)
}

func day(_ date: String) -> CivilDay {
  guard let day = CivilDay(date) else { preconditionFailure("a date") }
  return day
}

extension BusinessCalendar {
  static func newYork(_ hours: BusinessHours = .usual, _ holidays: Holidays = .none) -> BusinessCalendar {
    guard let calendar = BusinessCalendar(zone: "America/New_York", hours: hours, holidays: holidays) else {
      preconditionFailure("a known zone")
    }
    return calendar
  }
}
