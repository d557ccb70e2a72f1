import CoreMetrics
import Telemetry

/// Whether a program measures what it does, and for whom.
package enum Measuring: Sendable, Equatable {
  /// Nothing is measured, and measuring costs nothing.
  case nothing
  /// Into a file: that of `--metrics-file`, else that of `LEAD_METRICS_FILE`, else as `nothing`.
  case file(String?)
  /// For a page that the program serves.
  case page

  /// swift-metrics has one backend in a process, for as long as it lives.
  private static let registry: MetricsRegistry = {
    let registry = MetricsRegistry(MetricCatalog.all)
    MetricsSystem.bootstrap(registry)
    return registry
  }()

  /// Where the file stands, if one is to be written.
  func path(_ environment: Environment) -> String? {
    if case .file(let option) = self { option ?? environment.metricsFile } else { nil }
  }

  /// Makes swift-metrics measure, if that is wanted: before the store is opened, since everything that measures looks for the
  /// backend when it is made.
  func begin(_ environment: Environment) -> MetricsRegistry? {
    self == .page || path(environment) != nil ? Self.registry : nil
  }
}
