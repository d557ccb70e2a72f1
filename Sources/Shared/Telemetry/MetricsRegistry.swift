package import CoreMetrics
import Synchronization

/// What swift-metrics measures into: keeps counters, gauges and histograms, and tells them in the format of Prometheus.
///
/// Only what is described is kept, so that no library brings in series that nobody bounds; a label's value that is not
/// described counts as `other`. Series are looked up under a lock when something that measures is made, and not when it
/// measures: a counter is one atomic addition, a histogram one short lock of its own.
package final class MetricsRegistry: MetricsFactory {
  /// What counts for values of labels that are not described.
  package static let otherValue = "other"

  private let descriptions: [MetricDescription]
  private let indices: [String: Int]
  /// For each description its series by their labels' values.
  private let series: Mutex<[[[String]: Series]]>

  /// Names must differ.
  package init(_ descriptions: [MetricDescription]) {
    self.descriptions = descriptions
    indices = Dictionary(uniqueKeysWithValues: descriptions.enumerated().map { ($1.name, $0) })
    series = Mutex(Array(repeating: [:], count: descriptions.count))
  }

  // MARK: Measuring

  package func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
    if case .counter(let counter) = find(label, dimensions, { $0 == .counter }) { return counter }
    return NOOPMetricsHandler.instance
  }

  package func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
    if case .gauge(let gauge) = find(label, dimensions, { $0 == .gauge }) { return gauge }
    return NOOPMetricsHandler.instance
  }

  package func makeRecorder(
    label: String, dimensions: [(String, String)], aggregate: Bool
  ) -> any RecorderHandler {
    switch find(label, dimensions, { aggregate == $0.isHistogram && $0 != .counter }) {
    case .gauge(let gauge): gauge
    case .histogram(let histogram): histogram
    case .counter, nil: NOOPMetricsHandler.instance
    }
  }

  package func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
    if case .histogram(let histogram) = find(label, dimensions, \.isHistogram) { return histogram }
    return NOOPMetricsHandler.instance
  }

  // A series that vanished and began anew would read as a restart: it stays for as long as the process.
  package func destroyCounter(_ handler: any CounterHandler) {}
  package func destroyMeter(_ handler: any MeterHandler) {}
  package func destroyRecorder(_ handler: any RecorderHandler) {}
  package func destroyTimer(_ handler: any TimerHandler) {}

  /// Nil for what is not described so.
  private func find(
    _ name: String, _ dimensions: [(String, String)], _ isKind: (MetricDescription.Kind) -> Bool
  ) -> Series? {
    guard let index = indices[name] else { return nil }
    let description = descriptions[index]
    guard isKind(description.kind), description.labels.map(\.name) == dimensions.map(\.0) else { return nil }
    let values = zip(description.labels, dimensions).map { label, dimension in
      label.values.contains(dimension.1) ? dimension.1 : Self.otherValue
    }
    return series.withLock { all in
      if let found = all[index][values] { return found }
      let new = description.kind.makeSeries()
      all[index][values] = new
      return new
    }
  }

  // MARK: Telling

  /// Adds everything that was measured to `text`; `labels` stand before each series' own.
  package func tell(_ labels: MetricsText.Labels, to text: inout MetricsText) {
    let all = series.withLock { $0 }
    for (description, series) in zip(descriptions, all) {
      let sorted = series.sorted { $0.key.lexicographicallyPrecedes($1.key) }.map { values, series in
        (labels: labels + zip(description.labels, values).map { ($0.name, $1) }, series: series)
      }
      switch description.kind {
      case .counter:
        text.add(description.name, .counter, description.help, sorted.map { ($0.labels, $0.series.number) })
      case .gauge:
        text.add(description.name, .gauge, description.help, sorted.map { ($0.labels, $0.series.number) })
      case .histogram(let bounds):
        text.add(
          histogram: description.name, description.help,
          sorted.map { ($0.labels, $0.series.histogram ?? Histogram(bounds: bounds)) })
      }
    }
  }
}

extension MetricDescription.Kind {
  fileprivate var isHistogram: Bool {
    if case .histogram = self { true } else { false }
  }

  fileprivate func makeSeries() -> Series {
    switch self {
    case .counter: .counter(CounterSeries())
    case .gauge: .gauge(GaugeSeries())
    case .histogram(let bounds): .histogram(HistogramSeries(bounds: bounds))
    }
  }
}

extension Series {
  fileprivate var number: Double {
    switch self {
    case .counter(let counter): Double(counter.value)
    case .gauge(let gauge): gauge.value
    case .histogram(let histogram): histogram.value.sum
    }
  }

  fileprivate var histogram: Histogram? {
    if case .histogram(let histogram) = self { histogram.value } else { nil }
  }
}
