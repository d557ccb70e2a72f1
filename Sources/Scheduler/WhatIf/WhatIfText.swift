import Leads
import Planning

/// A what-if for people: the numbers side by side, and the stock as lines of blocks.
struct WhatIfText {
  let comparison: WhatIfComparison
  /// Columns of the terminal; nil: as many as it takes.
  let width: Int?

  private static let sparklineWidth = 60
  /// Names are shortened no further.
  private static let nameMin = 8

  var lines: [String] {
    ["What if, over \(comparison.ground.description)", ""] + table + [""] + sparklines
  }

  private var outcomes: [WhatIfOutcome] { comparison.outcomes }

  private var table: [String] {
    let isCompared = outcomes.count == 2
    var columns = Columns(
      [""] + comparison.cases.map(\.name) + (isCompared ? ["change"] : []),
      isRight: [false] + outcomes.map { _ in true } + (isCompared ? [true] : []))
    func add(_ title: String, _ value: (WhatIfOutcome) -> Double) {
      let values = outcomes.map(value)
      columns.rows.append([title] + values.map(Decimals.text) + (isCompared ? [Self.change(values)] : []))
    }
    for leadClass in LeadClass.allCases {
      add("Stock-outs \(leadClass.rawValue)") { Double($0.classes[leadClass].stockOuts) }
    }
    add("Leads asked for in vain") { Double($0.classes.map { $1.unmet }.sum) }
    for leadClass in LeadClass.allCases {
      add("Business hours below minimum \(leadClass.rawValue)") { $0.classes[leadClass].hoursBelowMinimum }
    }
    add("Business hours below any minimum", \.hoursBelowAnyMinimum)
    add("Upload runs") { Double($0.uploads) }
    add("Leads uploaded") { Double($0.leadsUploaded) }
    add("Leads used by agents") { Double($0.leadsTaken) }
    add("Pool per agent, mean", \.poolPerAgentMean)
    add("Pool per agent, highest", \.poolPerAgentMax)
    for name in Set(outcomes.flatMap { $0.held.keys }).sorted() {
      add("Checks held: \(name.split(separator: "_").joined(separator: " "))") { Double($0.held[name] ?? 0) }
    }
    if outcomes.contains(where: { $0.sourcesUsedUpOn != nil }) {
      columns.rows.append(
        ["Sources used up on"] + outcomes.map { $0.sourcesUsedUpOn ?? "–" } + (isCompared ? [""] : []))
    }
    let titles = columns.rows.map(\.[0].count).max() ?? 0
    let changes = isCompared ? (columns.rows.map { $0[3].count }.max() ?? 0) + 2 : 0
    let names = names(in: width.map { ($0 - titles - changes) / outcomes.count - 2 })
    columns.rows[0] = [""] + names + (isCompared ? ["change"] : [])
    return columns.lines
  }

  /// What the cases are called, each in so much room.
  private func names(in room: Int?) -> [String] {
    comparison.cases.map(\.name).map { name in
      guard let room = room.map({ max(Self.nameMin, $0) }), name.count > room else { return name }
      return name.prefix(room - 1) + "…"
    }
  }

  private static func change(_ values: [Double]) -> String {
    guard values[0] != values[1] else { return "=" }
    guard values[0] > 0 else { return "+" + Decimals.text(values[1]) }
    let percent = Int(((values[1] / values[0] - 1) * 100).rounded())
    return (percent > 0 ? "+" : "") + "\(percent) %"
  }

  private var sparklines: [String] {
    // Beside them stand the class, two gaps and the numbers.
    let names = names(in: width.map { $0 / 3 })
    let nameWidth = names.map(\.count).max() ?? 0
    let drawn = width.map { max(10, min(Self.sparklineWidth, $0 - nameWidth - 20)) } ?? Self.sparklineWidth
    return ["Least stock, from the first day to the last (scale from 0)"]
      + LeadClass.allCases.flatMap { leadClass -> [String] in
        let series = outcomes.map { outcome in outcome.days.map { $0.lowest[leadClass] } }
        let highest = series.joined().max() ?? 0
        return zip(names, series).enumerated().map { index, line in
          let (name, values) = line
          let label = index == 0 ? leadClass.rawValue : ""
          return "  " + label + String(repeating: " ", count: 3 - label.count) + name
            + String(repeating: " ", count: nameWidth - name.count) + "  "
            + Sparkline.text(values, width: drawn, highest: highest)
            + "  \(values.min() ?? 0)–\(values.max() ?? 0)"
        }
      }
  }
}
