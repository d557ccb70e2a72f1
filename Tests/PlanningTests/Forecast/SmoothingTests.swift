import Foundation
import Planning
import Testing

/// Values of statsmodels, kept beside the script that made them (ReferenceValues/smoothing.py).
private struct SmoothingReference: Decodable {
  struct Recursion: Decodable {
    var values: [Double]
    var alpha: Double
    var gamma: Double
    var level: Double
    var season: [Double]
    var fitted: [Double]
    var forecast: [Double]
  }
  struct SimpleFit: Decodable {
    var values: [Double]
    var sse: Double
    var forecast: Double
  }
  struct SeasonalFit: Decodable {
    var values: [Double]
    var sse: Double
    var forecast: [Double]
  }

  var holtWinters: [Recursion]
  var simpleFits: [SimpleFit]
  var seasonalFits: [SeasonalFit]

  static func read() throws -> SmoothingReference {
    let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../ReferenceValues/smoothing.json")
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    return try decoder.decode(SmoothingReference.self, from: Data(contentsOf: file))
  }
}

@Suite("Exponential smoothing")
struct SmoothingTests {
  private let reference: SmoothingReference

  init() throws {
    reference = try SmoothingReference.read()
  }

  /// Whole weeks of five days from a Monday on.
  private static func week(_ values: [Double]) -> [Smoothing.Observation] {
    values.enumerated().map { Smoothing.Observation(weekday: $0 % 5 + 1, value: $1) }
  }

  private static func squares(_ errors: [Double]) -> Double { errors.reduce(0) { $0 + $1 * $1 } }

  @Test("The additive Holt-Winters recursion agrees with statsmodels, day by day and ahead")
  func recursion() {
    #expect(reference.holtWinters.count == 4)
    for row in reference.holtWinters {
      let start = Smoothing(
        method: .holtWinters, alpha: row.alpha, gamma: row.gamma, level: row.level, season: row.season + [0, 0])
      let (errors, end) = start.run(Self.week(row.values))
      #expect(errors.count == row.fitted.count)
      for (index, error) in errors.enumerated() {
        #expect(abs(row.values[index] - error - row.fitted[index]) < 1e-9, "day \(index)")
      }
      for (ahead, expected) in row.forecast.enumerated() {
        // statsmodels (0.15) forecasts the last day's weekday by its season before that day. Ours has learned from it.
        let learned = ahead % 5 == 4 ? row.gamma * (errors.last ?? 0) : 0
        #expect(abs(end.level + end.season[ahead % 5] - learned - expected) < 1e-9)
      }
    }
  }

  @Test("A fit of simple smoothing is as good as that of statsmodels, and predicts the same")
  func simpleFit() {
    #expect(reference.simpleFits.count == 5)
    for row in reference.simpleFits {
      let series = Self.week(row.values)
      let (errors, end) = Smoothing.fit(.simple, to: series).run(series)
      #expect(Self.squares(errors) <= row.sse * 1.001, "\(Self.squares(errors)) against \(row.sse)")
      #expect(abs(end.level - row.forecast) <= 0.02 * row.forecast, "\(end.level) against \(row.forecast)")
    }
  }

  // statsmodels also fits the season of the first week, five numbers more, to the noise of the days.
  @Test("A fit of Holt-Winters is nearly as good as that of statsmodels with five parameters fewer, and predicts alike")
  func seasonalFit() {
    #expect(reference.seasonalFits.count == 4)
    for row in reference.seasonalFits {
      let series = Self.week(row.values)
      let (errors, end) = Smoothing.fit(.holtWinters, to: series).run(series)
      #expect(Self.squares(errors) <= row.sse * 1.03, "\(Self.squares(errors)) against \(row.sse)")
      let deviation = squareRoot(row.sse / Double(row.values.count))
      for (weekday, expected) in row.forecast.enumerated() {
        #expect(abs(end.level + end.season[weekday] - expected) < deviation / 2)
      }
    }
  }

  private func squareRoot(_ value: Double) -> Double { value.squareRoot() }

  @Test("An unknown day changes nothing")
  func unknownDay() {
    let start = Smoothing(method: .simple, alpha: 0.5, level: 10)
    let (errors, end) = start.run([
      .init(weekday: 1, value: 14), .init(weekday: 2, value: nil), .init(weekday: 3, value: 12),
    ])
    #expect(errors == [4, 0])
    #expect(end.level == 12)
  }

  @Test("A constant series is predicted without error")
  func constant() {
    let series = Self.week([Double](repeating: 7, count: 20))
    for method in Smoothing.Method.allCases {
      let (errors, end) = Smoothing.fit(method, to: series).run(series)
      #expect(errors.allSatisfy { abs($0) < 1e-9 })
      #expect(abs(end.level - 7) < 1e-9)
    }
  }
}
