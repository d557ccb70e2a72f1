package import Leads

/// How many leads are missing, in all and per class, and against which stock that was counted. Never negative.
package struct Need: Sendable, Equatable, Codable {
  /// Workable leads: the reading's total and our leads in flight.
  package var stockTotal: Int
  /// Available leads per class: the reading's and ours in flight.
  package var stockPerClass: PerClass<Int>
  /// Whether `stockTotal` is below `min_total_leads`.
  package var isTotalShort: Bool
  /// The minimums that count: those of the policy, some of them raised. Nil where none is.
  package var raisedMinimums: PerClass<Int>?
  /// Leads missing for each class that is below its minimum or its reorder level; 0 for the others.
  package var perClass: PerClass<Int>
  /// Leads missing in all.
  package var total: Int

  private enum CodingKeys: String, CodingKey {
    case stockTotal = "stock_total"
    case stockPerClass = "stock_per_class"
    case isTotalShort = "is_total_short"
    case raisedMinimums = "raised_minimums"
    case perClass = "per_class"
    case total
  }

  /// Counts the need. A class below its minimum is raised to the larger of that minimum and its share of the target; a
  /// total below its minimum is raised to the target. `minimums`: in place of the policy's. With `reorder` a class is also short
  /// below its reorder level, and is raised to what that asks for.
  package init(
    policy: Policy, stock: Stock, inFlight: PerClass<Int>, minimums: PerClass<Int>? = nil,
    reorder: PerClass<ReorderLevel?>? = nil
  ) {
    let minimums = minimums ?? policy.minPerClass
    let ours = inFlight.map { _, count in max(0, count) }
    let present = stock.availablePerClass.map { leadClass, count in count + ours[leadClass] }
    let missing = present.map { leadClass, count in
      let minimum = minimums[leadClass]
      let order = reorder?[leadClass]
      guard count < minimum + (order?.demand ?? 0) else { return 0 }
      let share = Int((policy.mix[leadClass] * Double(policy.targetTotal)).rounded())
      return max(minimum, share, order?.upTo ?? 0) - count
    }
    stockTotal = stock.total + ours.sum
    stockPerClass = present
    raisedMinimums = minimums == policy.minPerClass ? nil : minimums
    perClass = missing
    isTotalShort = stockTotal < policy.minTotal
    total = isTotalShort ? max(0, policy.targetTotal - stockTotal, missing.sum) : missing.sum
  }

  /// Whether some class is below its minimum or its reorder level.
  package var isAnyClassShort: Bool { perClass.sum > 0 }

  /// What triggers an upload, in the words people search for: the total first, then the classes.
  package func reasons(policy: Policy, reorder: PerClass<ReorderLevel?>? = nil) -> [String] {
    let total = isTotalShort ? ["Total leads (\(stockTotal)) below minimum (\(policy.minTotal))"] : []
    return total
      + LeadClass.allCases.filter { perClass[$0] > 0 }.map { leadClass in
        let (count, minimum) = (stockPerClass[leadClass], (raisedMinimums ?? policy.minPerClass)[leadClass])
        if count >= minimum, let order = reorder?[leadClass] {
          return order.reason(leadClass, count: count, minimum: minimum)
        }
        return "\(leadClass.rawValue) leads (\(count)) below minimum \(self.minimum(of: leadClass, policy: policy))"
      }
  }

  private func minimum(of leadClass: LeadClass, policy: Policy) -> String {
    let usual = policy.minPerClass[leadClass]
    let minimum = raisedMinimums?[leadClass] ?? usual
    return minimum == usual ? "(\(usual))" : "(\(minimum), raised from \(usual) for its high conversion)"
  }
}
