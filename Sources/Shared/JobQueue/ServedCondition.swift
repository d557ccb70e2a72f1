/// Selects the jobs of some kinds, by the binds of `JobTable.binds`. The texts are made once: each is part of what every worker asks
/// at every turn.
struct ServedCondition: Sendable {
  private static let keptMax = 16
  private let first: Int
  /// By the number of kinds.
  private let kept: [String]

  /// `first`: the number of the first of its parameters.
  init(from first: Int) {
    self.first = first
    kept = (0...Self.keptMax).map { Self.sql($0, from: first) }
  }

  func sql(_ kinds: [ServedKind]) -> String {
    kinds.count < kept.count ? kept[kinds.count] : Self.sql(kinds.count, from: first)
  }

  private static func sql(_ count: Int, from first: Int) -> String {
    let choices = (0..<count).map { index in
      "(kind = $\(first + 2 * index) AND payload_version <= $\(first + 2 * index + 1))"
    }
    return "(" + choices.joined(separator: " OR ") + ")"
  }
}

extension JobTable {
  /// Behind `$4` of the statement that leases.
  static let servedWhenLeasing = ServedCondition(from: 5)
  /// Behind `$1` of the one that looks.
  static let servedWhenLooking = ServedCondition(from: 2)
}
