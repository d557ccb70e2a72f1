/// Metrics in the text format of Prometheus, version 0.0.4
/// (https://prometheus.io/docs/instrumenting/exposition_formats/).
package struct MetricsText: Sendable {
  /// A metric's type without parts; histograms have a way of their own.
  package enum Kind: String, Sendable {
    case gauge, counter
  }

  /// The names and values of one series' labels, in order.
  package typealias Labels = [(name: String, value: String)]

  package static let contentType = "text/plain; version=0.0.4; charset=utf-8"

  package private(set) var text = ""

  package init() {}

  /// One metric with all its samples; without samples nothing is written. `name` is a metric's name, and labels' names are
  /// labels' names; their values may be any text.
  package mutating func add(
    _ name: String, _ kind: Kind, _ help: String, _ samples: [(labels: Labels, value: Double)]
  ) {
    guard !samples.isEmpty else { return }
    begin(name, kind.rawValue, help)
    for sample in samples { line(name, sample.labels, sample.value) }
  }

  /// One sample without labels; nil is left out.
  package mutating func add(_ name: String, _ kind: Kind, _ help: String, _ value: Double?) {
    if let value { add(name, kind, help, [(labels: [], value: value)]) }
  }

  /// One metric with a histogram for each series; without series nothing is written. A bucket of the format counts all values
  /// up to its bound, the last one (`+Inf`) everything.
  package mutating func add(histogram name: String, _ help: String, _ samples: [(labels: Labels, value: Histogram)]) {
    guard !samples.isEmpty else { return }
    begin(name, "histogram", help)
    for (labels, histogram) in samples {
      var sum = 0
      for (bound, count) in zip(histogram.bounds + [.infinity], histogram.counts) {
        sum += count
        line(name + "_bucket", labels + [("le", Self.number(bound))], Double(sum))
      }
      line(name + "_sum", labels, histogram.sum)
      line(name + "_count", labels, Double(sum))
    }
  }

  private mutating func begin(_ name: String, _ type: String, _ help: String) {
    text += "# HELP \(name) \(help.replacing("\\", with: "\\\\").replacing("\n", with: "\\n"))\n"
    text += "# TYPE \(name) \(type)\n"
  }

  private mutating func line(_ name: String, _ labels: Labels, _ value: Double) {
    let labels = labels.map { "\($0.name)=\"\(Self.escaped($0.value))\"" }.joined(separator: ",")
    text += name + (labels.isEmpty ? "" : "{\(labels)}") + " \(Self.number(value))\n"
  }

  private static func escaped(_ text: String) -> String {
    text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("\n", with: "\\n")
  }

  private static func number(_ value: Double) -> String {
    if value.isNaN { return "NaN" }
    if value.isInfinite { return value > 0 ? "+Inf" : "-Inf" }
    return value == value.rounded() && abs(value) < 1e15 ? String(Int64(value)) : String(value)
  }
}
