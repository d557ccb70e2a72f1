import Leads
import Planning
import Timekeeping

/// A forecast as `lead-scheduler forecast --format json` shows it: times in ISO 8601 with zone.
struct ForecastDocument: Encodable {
  struct Times: Encodable {
    var earliest: String?
    var median: String?
    var latest: String?
    var workingDays: Int?

    private enum CodingKeys: String, CodingKey {
      case earliest, median, latest
      case workingDays = "working_days"
    }

    init(_ times: ForecastReport.Times, _ time: WorkTime) {
      earliest = times.earliest.map(time.full)
      median = times.median.map(time.full)
      latest = times.latest.map(time.full)
      workingDays = times.workingDays
    }
  }

  struct Day: Encodable {
    var day: String
    var mean: Double
    var low: Int
    var high: Int
  }

  struct OfClass: Encodable {
    var stock: Int
    var minimum: Int
    var daysKnown: Int
    var forecast: ClassForecast?
    var days: [Day]
    var runOut: Times?
    var belowMinimum: Times?
    var reorder: ReorderLevel?

    private enum CodingKeys: String, CodingKey {
      case stock, minimum
      case daysKnown = "days_known"
      case forecast, days
      case runOut = "run_out"
      case belowMinimum = "below_minimum"
      case reorder
    }
  }

  struct OfSource: Encodable {
    var name: String
    var supply: Int
    var runOut: Times?

    private enum CodingKeys: String, CodingKey {
      case name, supply
      case runOut = "run_out"
    }
  }

  let madeAt: String
  /// Whether some class has enough history.
  let isEnough: Bool
  let daysNeeded = ClassForecast.daysMin
  let horizonDays = ForecastReport.horizonDays
  /// Whether plans go by the reorder levels.
  let isForecasting: Bool
  let classes: [String: OfClass]
  let sources: [OfSource]

  private enum CodingKeys: String, CodingKey {
    case madeAt = "made_at"
    case isEnough = "is_enough"
    case daysNeeded = "days_needed"
    case horizonDays = "horizon_days"
    case isForecasting = "is_forecasting"
    case classes, sources
  }

  init(_ report: ForecastReport, time: WorkTime, isForecasting: Bool) {
    madeAt = time.full(report.madeAt)
    isEnough = !report.isTooShort
    self.isForecasting = isForecasting
    classes = Dictionary(
      uniqueKeysWithValues: LeadClass.allCases.map { leadClass in
        let ofClass = report.classes[leadClass]
        let days = ofClass.days.map {
          Day(day: $0.day.day, mean: $0.mean, low: $0.band.lowerBound, high: $0.band.upperBound)
        }
        let document = OfClass(
          stock: ofClass.stock, minimum: ofClass.minimum, daysKnown: ofClass.daysKnown, forecast: ofClass.forecast,
          days: days, runOut: ofClass.runOut.map { Times($0, time) },
          belowMinimum: ofClass.belowMinimum.map { Times($0, time) }, reorder: ofClass.reorder)
        return (leadClass.rawValue, document)
      })
    sources = report.sources.map {
      OfSource(name: $0.name, supply: $0.supply, runOut: $0.runOut.map { Times($0, time) })
    }
  }
}
