import Timekeeping

/// How far back the charts look.
enum ChartRange: String, CaseIterable, Sendable {
  case day = "24h"
  case week = "7d"
  case month = "30d"

  var label: String {
    switch self {
    case .day: "24 hours"
    case .week: "7 days"
    case .month: "30 days"
    }
  }

  var length: Duration {
    switch self {
    case .day: .seconds(86_400)
    case .week: .seconds(7 * 86_400)
    case .month: .seconds(30 * 86_400)
    }
  }

  /// At most 120 points in a chart.
  var step: Duration { .milliseconds(length.milliseconds / 120) }
  /// What the chart shows of the time to come.
  var ahead: Duration { .milliseconds(length.milliseconds / 2) }
}
