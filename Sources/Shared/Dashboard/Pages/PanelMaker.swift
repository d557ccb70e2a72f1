import LeadStore
import Leads
import Planning
import Timekeeping

/// Makes the charts of the overview: all workable leads, then each class.
struct PanelMaker: Sendable {
  /// Rows of the table beside a chart.
  private static let rowsMax = 24

  let history: [StockPoint]
  let forecast: ForecastReport?
  let range: ChartRange
  let policy: Policy
  let time: PageTime

  func panels(_ reading: OverviewReading) -> [OverviewPage.Panel] {
    guard let stock = reading.stock, let total = reading.total else { return [] }
    let all = panel(
      id: "total", name: "All workable", count: total, minimum: policy.minTotal, target: policy.targetTotal,
      inFlight: reading.inFlight.sum, points: history.map { ($0.at, $0.total) }, expected: nil,
      words: "Open leads in the pool and on desks.")
    return [all]
      + LeadClass.allCases.map { leadClass in
        let ofClass = forecast?.classes[leadClass]
        return panel(
          id: leadClass == .aPlus ? "a-plus" : leadClass.rawValue.lowercased(), name: "Class \(leadClass.rawValue)",
          count: stock[leadClass], minimum: policy.minPerClass[leadClass],
          target: Int((policy.mix[leadClass] * Double(policy.targetTotal)).rounded()),
          inFlight: reading.inFlight[leadClass], points: history.map { ($0.at, $0.available[leadClass]) },
          expected: ofClass?.runOut, words: ForecastWords(time: time).words(ofClass))
      }
  }

  private func panel(
    id: String, name: String, count: Int, minimum: Int, target: Int, inFlight: Int,
    points: [(at: Timestamp, count: Int)], expected: ForecastReport.Times?, words: String
  ) -> OverviewPage.Panel {
    let chart = StockChart(
      title: name, points: points, since: time.now - range.length, now: time.now,
      until: expected == nil ? time.now : time.now + range.ahead, stock: count, minimum: minimum, target: target,
      expected: expected.map {
        StockChart.Expected(earliest: $0.earliest, median: $0.median, latest: $0.latest)
      }, time: time)
    let stride = max(1, (points.count + Self.rowsMax - 1) / Self.rowsMax)
    let rows = points.enumerated().filter { $0.offset % stride == 0 }.map {
      OverviewPage.Row(stamp: time.stamp($0.element.at), count: $0.element.count.grouped)
    }
    return OverviewPage.Panel(
      id: id, name: name, value: count.grouped, badge: Self.badge(count, minimum: minimum), minimum: minimum.grouped,
      target: target.grouped, note: inFlight > 0 ? "\(inFlight.grouped) of them sent since the CRM was read" : nil,
      forecast: words, chart: chart.svg, rows: rows.reversed())
  }

  private static func badge(_ count: Int, minimum: Int) -> Badge {
    if count < minimum { return Badge("below minimum", .bad) }
    return count * 5 < minimum * 6 ? Badge("near minimum", .warn) : Badge("above minimum", .good)
  }
}
