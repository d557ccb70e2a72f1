import Leads

extension Plan {
  /// The way from need to run.
  package var waterfall: Waterfall { Waterfall(self) }

  /// A table of the waterfall, and what bound each class with its configuration key; no line is longer than 80 characters
  /// for counts of up to five digits.
  var waterfallLines: [String] {
    guard need.total > 0 else { return [] }
    let waterfall = waterfall
    let rows = [["step", "limit", "total"] + LeadClass.allCases.map(\.rawValue)] + waterfall.steps.map(cells)
    let widths = rows[0].indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
    let keys = [""] + waterfall.steps.map(mark)
    let table = zip(rows, keys).map { row, key in
      let padded = row.enumerated().map { column, cell in
        let blanks = String(repeating: " ", count: widths[column] - cell.count)
        return column == 0 ? cell + blanks : blanks + cell
      }
      return "  " + padded.joined(separator: "  ") + key
    }
    return ["From need to run:"] + table + bindingLines(waterfall)
  }

  private func cells(_ step: Waterfall.Step) -> [String] {
    [step.name.words, limit(of: step.name), "\(step.total)"] + LeadClass.allCases.map { "\(step.perClass[$0])" }
  }

  /// The last name of the key is enough beside a table; the whole key stands with what binds.
  private func mark(_ step: Waterfall.Step) -> String {
    let name = step.configurationKey.map { String($0.split(separator: ".").last ?? "") } ?? ""
    return step.isBinding ? " ← \(name.isEmpty ? "binding" : name)" : name.isEmpty ? "" : "   \(name)"
  }

  private func limit(of step: Waterfall.Step.Name) -> String {
    let cap: Cap.Name
    switch step {
    case .agentsRoom: cap = .agentsRoom
    case .perRun: cap = .perRun
    case .daily: cap = .daily
    case .supply: cap = .supply
    case .smallestBatch: return "\(input.policy.minUploadBatch)"
    case .need, .mix, .performance, .held: return "–"
    }
    return caps.first { $0.name == cap }.map { "\($0.value)" } ?? "–"
  }

  /// `Binding: per-run cap, upload_controls.max_upload_per_run`; by class where they differ.
  private func bindingLines(_ waterfall: Waterfall) -> [String] {
    var groups: [(binding: Waterfall.Binding, classes: [String])] = []
    for leadClass in LeadClass.allCases {
      let binding = waterfall.binding[leadClass]
      if let index = groups.firstIndex(where: { $0.binding == binding }) {
        groups[index].classes.append(leadClass.rawValue)
      } else {
        groups.append((binding, [leadClass.rawValue]))
      }
    }
    return groups.map { binding, classes in
      let whom = groups.count == 1 ? "" : " for " + classes.joined(separator: ", ")
      return "Binding\(whom): \(binding.step.words)" + (binding.configurationKey.map { ", \($0)" } ?? "")
    }
  }

  /// What was left out of the catalog, and why.
  var exclusionLines: [String] {
    guard let exclusions, !exclusions.counts.isEmpty else { return [] }
    return ["Not taken from the sources:"]
      + exclusions.counts.flatMap { count in
        ["  \(count.count) \(count.reason.words)"] + count.examples.map { "  · \($0)" }
      }
  }
}

extension Waterfall.Step.Name {
  /// What the step is, for people.
  package var words: String {
    switch self {
    case .need: "need"
    case .mix: "mix"
    case .performance: "performance"
    case .agentsRoom: "agents' room"
    case .perRun: "per-run cap"
    case .daily: "left today"
    case .supply: "sources"
    case .smallestBatch: "smallest"
    case .held: "held"
    }
  }
}
