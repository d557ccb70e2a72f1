/// The name that somebody who wrote `written` most likely meant: the least number of inserted, removed, changed or
/// swapped characters; the first of equals. Case, `-` and `_` make no difference. Nil without candidates.
func nearestName<Names: Sequence<String>>(to written: String, in names: Names) -> String? {
  let folded = foldedName(written)
  return names.map { (name: $0, distance: editDistance(folded, foldedName($0))) }
    .min { $0.distance < $1.distance }?.name
}

/// Optimal string alignment distance: insertions, removals, changes, and swaps of neighbours, each costing 1.
func editDistance(_ left: [UInt8], _ right: [UInt8]) -> Int {
  if left.isEmpty || right.isEmpty { return max(left.count, right.count) }
  var beforeLast: [Int] = []
  var last = Array(0...right.count)
  for row in 1...left.count {
    var current = [row]
    for column in 1...right.count {
      let change = last[column - 1] + (left[row - 1] == right[column - 1] ? 0 : 1)
      var least = min(change, last[column] + 1, current[column - 1] + 1)
      if row > 1, column > 1, left[row - 1] == right[column - 2], left[row - 2] == right[column - 1] {
        least = min(least, beforeLast[column - 2] + 1)
      }
      current.append(least)
    }
    (beforeLast, last) = (last, current)
  }
  return last[right.count]
}

func foldedName(_ name: String) -> [UInt8] {
  // Long names cost the square of their length; what differs beyond this is not a slip of the hand.
  Array(name.lowercased().utf8.filter { $0 != UInt8(ascii: "_") && $0 != UInt8(ascii: "-") }.prefix(80))
}
