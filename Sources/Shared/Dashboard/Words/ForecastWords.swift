import Leads
import Planning
import Timekeeping

/// What the forecast says of one class or source, short enough for a card.
struct ForecastWords: Sendable {
  let time: PageTime

  func words(_ ofClass: ForecastReport.OfClass?) -> String {
    guard let ofClass else { return "The forecast is being made." }
    guard let runOut = ofClass.runOut else {
      return "Learning: \(ofClass.daysKnown) of \(ClassForecast.daysMin) business days of demand known."
    }
    var text = words(runOut, isEmpty: ofClass.stock <= 0)
    if ofClass.stock >= ofClass.minimum, let below = ofClass.belowMinimum?.median {
      text += " Below its minimum \(time.shortDay(below))."
    }
    return text
  }

  func words(_ runOut: ForecastReport.Times, isEmpty: Bool) -> String {
    if isEmpty { return "Has run out." }
    guard let median = runOut.median else { return "Lasts more than \(ForecastReport.horizonDays) business days." }
    return "Runs out \(time.shortDay(median)) (80 %: \(band(runOut)))."
  }

  func band(_ runOut: ForecastReport.Times) -> String {
    "\(runOut.earliest.map(time.shortDay) ?? "later") – \(runOut.latest.map(time.shortDay) ?? "later")"
  }
}
