/// What may be measured under one name, and how it is told.
package struct MetricDescription: Sendable {
  package enum Kind: Sendable, Equatable {
    case counter
    case gauge
    /// Upper bounds of its buckets, rising; for times in seconds.
    case histogram(bounds: [Double])
  }

  /// A label and every value that it may have: so the number of series is bounded, and nothing personal gets into them.
  package struct Label: Sendable {
    package let name: String
    package let values: Set<String>

    package init(_ name: String, _ values: [String]) {
      self.name = name
      self.values = Set(values)
    }
  }

  /// Buckets for what takes between a tenth of a millisecond and half a minute.
  package static let quick = [
    0.000_1, 0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30,
  ]
  /// Buckets for what takes between five milliseconds and an hour.
  package static let slow = [
    0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600, 1800, 3600,
  ]

  /// As Prometheus wants names: `[a-zA-Z_:][a-zA-Z0-9_:]*`.
  package let name: String
  package let kind: Kind
  package let help: String
  /// In the order in which those who measure give them.
  package let labels: [Label]

  package init(_ name: String, _ kind: Kind, _ help: String, _ labels: [Label] = []) {
    self.name = name
    self.kind = kind
    self.help = help
    self.labels = labels
  }
}
