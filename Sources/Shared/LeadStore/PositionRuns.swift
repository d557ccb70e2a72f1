/// Positions of a batch as unbroken runs, so that one statement does for a whole request what would take one for each lead.
enum PositionRuns {
  /// The runs of `positions`, which must not repeat; ascending.
  static func of(_ positions: [Int]) -> [ClosedRange<Int>] {
    runs(of: positions.sorted().map { ($0, ()) }, areAlike: { _, _ in true }).map(\.positions)
  }

  /// The runs of positions that share a result; ascending. Positions must not repeat.
  static func of(
    _ results: [(position: Int, result: LeadResult)]
  ) -> [(positions: ClosedRange<Int>, value: LeadResult)] {
    runs(of: results.sorted { $0.position < $1.position }.map { ($0.position, $0.result) }, areAlike: ==)
  }

  private static func runs<Value>(
    of sorted: [(Int, Value)], areAlike: (Value, Value) -> Bool
  ) -> [(positions: ClosedRange<Int>, value: Value)] {
    var runs: [(positions: ClosedRange<Int>, value: Value)] = []
    for (position, value) in sorted {
      if let last = runs.last, last.positions.upperBound + 1 == position, areAlike(last.value, value) {
        runs[runs.count - 1].positions = last.positions.lowerBound...position
      } else {
        runs.append((position...position, value))
      }
    }
    return runs
  }
}
