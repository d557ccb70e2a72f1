import Timekeeping

/// The list of holidays that `business_rules.holiday_calendar` names, where it is not a calendar known by name.
enum HolidayList {
  private static let key = "business_rules.holiday_calendar"

  /// Reads the list into the configuration. Returns what is wrong with it: it cannot be read, or is no list of dates.
  /// `file`: the configuration's own, to be named.
  static func load(into configuration: inout Configuration, file: String?) -> ConfigurationProblem? {
    guard let path = configuration.businessRules.holidayCalendar, HolidayCalendar(rawValue: path) == nil else {
      return nil
    }
    let known = HolidayCalendar.allCases.map { "\"\($0.rawValue)\"" }.joined(separator: ", ")
    func problem(_ reason: String) -> ConfigurationProblem {
      ConfigurationProblem(
        file: file, line: nil, key: key, reason: .impossible("it is neither \(known) nor a list of dates: \(reason)"))
    }
    let text: String
    do {
      text = try TextFile.read(path)
    } catch {
      switch error {
      case .missing: return problem("there is no file \(path)")
      case .unreadable(let reason): return problem("\(path) cannot be read: \(reason)")
      }
    }
    do throws(Holidays.ListError) {
      configuration.businessRules.listedHolidays = try Holidays.parse(text)
    } catch {
      return problem("\(path): \(error)")
    }
    return nil
  }
}
