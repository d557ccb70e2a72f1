import Testing

@testable import QueueBench

@Suite("Percentiles and medians")
struct StatisticsTests {
  @Test(
    "the nearest rank, by hand",
    arguments: [
      (1.0, 15.0), (5, 15), (20, 15), (20.1, 20), (30, 20), (40, 20), (50, 35), (60, 35), (99, 50), (100, 50),
    ])
  func percentiles(percent: Double, expected: Double) {
    // The example of Wikipedia, "Percentile", the nearest-rank method, out of order.
    #expect(Statistics.percentile(percent, of: [35, 50, 15, 20, 40]) == expected)
  }

  @Test("p99 of a thousand values leaves ten of them out")
  func ninetyNinth() {
    #expect(Statistics.percentile(99, of: (1...1000).map(Double.init)) == 990)
    #expect(Statistics.percentile(50, of: (1...1000).map(Double.init)) == 500)
  }

  @Test("the median is the middle one, or lies between the middle two")
  func medians() {
    #expect(Statistics.median(of: [3, 9, 1]) == 3)
    #expect(Statistics.median(of: [4, 1, 3, 100]) == 3.5)
    #expect(Statistics.median(of: [7]) == 7)
  }

  @Test("of nothing there is neither")
  func nothing() {
    #expect(Statistics.median(of: []) == nil)
    #expect(Statistics.percentile(50, of: []) == nil)
  }

  @Test("a measure takes the median of the ratios of its rounds, not the ratio of the medians")
  func measures() {
    let measure = Measure(
      "m", "M", .jobsPerSecond, beside: .raw,
      rounds: [.init(ours: 50, reference: 100), .init(ours: 90, reference: 100), .init(ours: 80, reference: 400)])
    #expect(measure.ours == 80)
    #expect(measure.reference == 100)
    // 0.5, 0.9 and 0.2.
    #expect(measure.ratio == 0.5)
    #expect(measure.ratioMin == 0.2)
    #expect(measure.ratioMax == 0.9)
    #expect(MeasureText.spread(measure) == "0.20–0.90")
  }

  @Test("one round has no spread")
  func oneRound() {
    let measure = Measure("m", "M", .milliseconds, beside: .raw, rounds: [.init(ours: 1, reference: 2)])
    #expect(measure.ratio == 0.5)
    #expect(MeasureText.spread(measure) == nil)
  }

  @Test(
    "numbers for people have three digits or thousands",
    arguments: [
      (0.0, "0.000"), (0.1844, "0.184"), (1.5, "1.50"), (51.49, "51.5"), (100, "100"), (1234, "1,234"),
      (1_234_567.4, "1,234,567"), (-1500, "-1,500"), (.infinity, "–"),
    ])
  func numbers(value: Double, text: String) {
    #expect(MeasureText.number(value) == text)
  }
}
