/// The orderly statistics of a noisy machine: medians and percentiles, no means.
package enum Statistics {
  /// The nearest-rank percentile: the least value that at least `percent` % of the values do not exceed. `percent` is in
  /// (0, 100]; nil when there are no values.
  package static func percentile(_ percent: Double, of values: [Double]) -> Double? {
    precondition(percent > 0 && percent <= 100, "a percentile is above 0 and at most 100")
    let sorted = values.sorted()
    guard !sorted.isEmpty else { return nil }
    let rank = Int((percent / 100 * Double(sorted.count)).rounded(.up))
    return sorted[min(max(rank, 1), sorted.count) - 1]
  }

  /// The middle value, or the mean of the middle two; nil when there are no values.
  package static func median(of values: [Double]) -> Double? {
    let sorted = values.sorted()
    guard !sorted.isEmpty else { return nil }
    let middle = sorted.count / 2
    return sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
  }
}
