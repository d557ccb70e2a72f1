/// How often values fell where.
package struct Histogram: Sendable, Equatable {
  /// The upper bounds of the buckets, rising; what is above the last one falls into one bucket more.
  package let bounds: [Double]
  /// One for each bound and one for the rest: values of that bucket alone.
  package private(set) var counts: [Int]
  /// Of all values.
  package private(set) var sum = 0.0

  package init(bounds: [Double]) {
    self.bounds = bounds
    counts = Array(repeating: 0, count: bounds.count + 1)
  }

  /// Counts a value in the first bucket whose bound is not below it; what is no number is not counted.
  package mutating func record(_ value: Double) {
    guard !value.isNaN else { return }
    counts[bounds.firstIndex { value <= $0 } ?? bounds.count] += 1
    sum += value
  }
}
