import CoreMetrics
import TestSupport
import Testing

@testable import Telemetry

@Suite("What is measured, and how it is told")
struct MetricsRegistryTests {
  private static func registry() -> MetricsRegistry {
    MetricsRegistry([
      MetricDescription("runs_total", .counter, "Runs.", [.init("kind", ["a", "b"]), .init("end", ["good"])]),
      MetricDescription("running", .gauge, "At work."),
      MetricDescription("run_seconds", .histogram(bounds: [0.01, 0.1, 1]), "Time of runs.", [.init("kind", ["a"])]),
    ])
  }

  private func text(_ registry: MetricsRegistry, _ labels: MetricsText.Labels = []) -> String {
    var text = MetricsText()
    registry.tell(labels, to: &text)
    return text.text
  }

  @Test("counters, gauges and histograms are told with their help and type, sorted, buckets adding up")
  func told() {
    let registry = Self.registry()
    let good = Counter(label: "runs_total", dimensions: [("kind", "b"), ("end", "good")], factory: registry)
    good.increment(by: 3)
    Counter(label: "runs_total", dimensions: [("kind", "a"), ("end", "good")], factory: registry).increment()
    let running = Meter(label: "running", factory: registry)
    running.increment(by: 3.0)
    running.decrement(by: 1.0)
    let timer = Timer(label: "run_seconds", dimensions: [("kind", "a")], factory: registry)
    // 10 ms is the bound itself, and belongs to its bucket.
    for milliseconds in [5, 10, 11, 500, 2_000] { timer.recordMilliseconds(milliseconds) }
    #expect(
      text(registry, [("process", "x")]) == """
        # HELP runs_total Runs.
        # TYPE runs_total counter
        runs_total{process="x",kind="a",end="good"} 1
        runs_total{process="x",kind="b",end="good"} 3
        # HELP running At work.
        # TYPE running gauge
        running{process="x"} 2
        # HELP run_seconds Time of runs.
        # TYPE run_seconds histogram
        run_seconds_bucket{process="x",kind="a",le="0.01"} 2
        run_seconds_bucket{process="x",kind="a",le="0.1"} 3
        run_seconds_bucket{process="x",kind="a",le="1"} 4
        run_seconds_bucket{process="x",kind="a",le="+Inf"} 5
        run_seconds_sum{process="x",kind="a"} 2.526
        run_seconds_count{process="x",kind="a"} 5

        """)
  }

  @Test("one series is one series, whoever asks for it and however often, and stays when it is let go")
  func noDuplicates() {
    let registry = Self.registry()
    let labels = [("kind", "a"), ("end", "good")]
    for _ in 0..<3 {
      let counter = Counter(label: "runs_total", dimensions: labels, factory: registry)
      counter.increment()
      counter.destroy()
    }
    let lines = text(registry).split(separator: "\n").filter { $0.hasPrefix("runs_total") }
    #expect(lines == [#"runs_total{kind="a",end="good"} 3"#])
  }

  @Test("values of labels that are not described count together as other: no name, number or address gets in")
  func boundedLabels() {
    let registry = Self.registry()
    for number in 0..<1_000 {
      let labels = [("kind", "jane.doe-\(number)@example.org"), ("end", "+1 555 0100\n\"")]
      Counter(label: "runs_total", dimensions: labels, factory: registry).increment()
    }
    #expect(
      text(registry).split(separator: "\n").filter { !$0.hasPrefix("#") } == [
        #"runs_total{kind="other",end="other"} 1000"#
      ])
  }

  @Test("what is not described, or described otherwise, is not kept")
  func strangers() {
    let registry = Self.registry()
    Counter(label: "strange_total", factory: registry).increment()
    Counter(label: "running", factory: registry).increment()
    Counter(label: "runs_total", dimensions: [("kind", "a")], factory: registry).increment()
    Counter(label: "runs_total", dimensions: [("end", "good"), ("kind", "a")], factory: registry).increment()
    Timer(label: "running", factory: registry).recordSeconds(1)
    Meter(label: "runs_total", dimensions: [("kind", "a"), ("end", "good")], factory: registry).set(1)
    Recorder(label: "running", dimensions: [], aggregate: true, factory: registry).record(1)
    #expect(text(registry) == "")
  }

  @Test("gauges of either kind are one, recorders that aggregate fill buckets, and counters never fall")
  func kinds() {
    let registry = Self.registry()
    Gauge(label: "running", factory: registry).record(7)
    Recorder(label: "run_seconds", dimensions: [("kind", "a")], aggregate: true, factory: registry).record(0.05)
    let counter = Counter(label: "runs_total", dimensions: [("kind", "a"), ("end", "good")], factory: registry)
    counter.increment(by: 2)
    counter.increment(by: -1)
    let lines = text(registry).split(separator: "\n")
    #expect(lines.contains("running 7") && lines.contains(#"run_seconds_bucket{kind="a",le="0.1"} 1"#))
    #expect(lines.contains(#"runs_total{kind="a",end="good"} 2"#))
  }

  @Test("nothing is lost when many measure at once")
  func concurrency() async {
    let registry = Self.registry()
    await withDiscardingTaskGroup { group in
      for _ in 0..<8 {
        group.addTask {
          let timer = Timer(label: "run_seconds", dimensions: [("kind", "a")], factory: registry)
          for _ in 0..<1_000 {
            Counter(label: "runs_total", dimensions: [("kind", "a"), ("end", "good")], factory: registry).increment()
            timer.recordMilliseconds(50)
          }
        }
      }
    }
    let lines = text(registry).split(separator: "\n")
    #expect(lines.contains(#"runs_total{kind="a",end="good"} 8000"#))
    #expect(lines.contains(#"run_seconds_bucket{kind="a",le="0.1"} 8000"#))
    #expect(lines.contains(#"run_seconds_count{kind="a"} 8000"#))
  }

  @Test("a histogram counts each value once, in the first bucket that holds it", arguments: UInt64(0)..<100)
  func histogramLaw(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    let bounds = (0..<Int.random(in: 1...12, using: &random)).map { _ in Double.random(in: -10...10, using: &random) }
    var histogram = Histogram(bounds: Set(bounds).sorted())
    let values = (0..<200).map { _ in Double.random(in: -12...12, using: &random) }
    for value in values { histogram.record(value) }
    for (index, bound) in histogram.bounds.enumerated() {
      #expect(histogram.counts[...index].reduce(0, +) == values.count { $0 <= bound })
    }
    #expect(histogram.counts.reduce(0, +) == 200)
  }
}
