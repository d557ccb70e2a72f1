package import Leads

/// What-if outcomes as a drawing (SVG), readable on light and dark ground: for each class the least stock of every business
/// day beside its minimum, and below them the leads uploaded.
package struct WhatIfChart {
  /// One configuration's line.
  package struct Line: Sendable {
    package var name: String
    package var minimums: PerClass<Int>
    package var outcome: WhatIfOutcome

    package init(name: String, minimums: PerClass<Int>, outcome: WhatIfOutcome) {
      self.name = name
      self.minimums = minimums
      self.outcome = outcome
    }
  }

  private static let width = 960.0
  private static let left = 64.0
  private static let right = 24.0
  private static let top = 100.0
  private static let panelHeight = 120.0
  private static let gap = 44.0
  /// The lines' classes of style: blue and orange, which every kind of sight tells apart (Okabe and Ito, 2008), with a lighter
  /// blue on dark ground and a darker orange on light.
  private static let hues = ["blue", "orange"]

  private let title: String
  private let lines: [Line]

  /// One or two lines over the same days.
  package init(title: String, lines: [Line]) {
    precondition((1...Self.hues.count).contains(lines.count))
    self.title = title
    self.lines = lines
  }

  /// A whole SVG document.
  package var svg: String {
    let panels = LeadClass.allCases.count + 1
    let height = Self.top + Double(panels) * (Self.panelHeight + Self.gap) + 8
    var parts = [head(height: height), legend]
    for (index, leadClass) in LeadClass.allCases.enumerated() {
      parts.append(stockPanel(leadClass, y: panelTop(index)))
    }
    parts.append(uploadPanel(y: panelTop(panels - 1)))
    return (parts + ["</svg>", ""]).joined(separator: "\n")
  }

  private func panelTop(_ index: Int) -> Double { Self.top + Double(index) * (Self.panelHeight + Self.gap) }

  // MARK: Frame

  private func head(height: Double) -> String {
    """
    <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 \(Self.number(Self.width)) \(Self.number(height))" \
    font-family="system-ui, -apple-system, 'Segoe UI', sans-serif" font-size="12" role="img">
    <title>\(Self.escaped(title))</title>
    <style>
      .ground { fill: #ffffff } .text { fill: #24292f } .faint { fill: #57606a }
      .grid { stroke: #d0d7de; stroke-width: 1 } .minimum { stroke-width: 1.25; stroke-dasharray: 5 4; fill: none }
      .minimum { stroke: #8c959f }
      .line { fill: none; stroke-width: 1.75; stroke-linejoin: round }
      .blue { stroke: #0072b2 } .orange { stroke: #c27c00 } .bar { stroke: none }
      .bar.blue { fill: #0072b2 } .bar.orange { fill: #c27c00 }
      @media (prefers-color-scheme: dark) {
        .ground { fill: #0d1117 } .text { fill: #e6edf3 } .faint { fill: #9198a1 } .grid { stroke: #30363d }
        .blue { stroke: #56b4e9 } .orange { stroke: #e69f00 } .bar { stroke: none }
        .bar.blue { fill: #56b4e9 } .bar.orange { fill: #e69f00 }
      }
    </style>
    <rect class="ground" width="100%" height="100%" rx="8"/>
    <text class="text" x="\(Self.number(Self.left))" y="30" font-size="17" font-weight="600">\(Self.escaped(title))</text>
    """
  }

  private var legend: String {
    var x = Self.left
    return lines.enumerated().map { index, line in
      defer { x += 46 + 7.2 * Double(line.name.count) }
      return """
        <line class="line \(Self.hues[index])" x1="\(Self.number(x))" y1="51" x2="\(Self.number(x + 22))" y2="51"/>
        <text class="text" x="\(Self.number(x + 28))" y="55">\(Self.escaped(line.name))</text>
        """
    }.joined(separator: "\n") + "\n<text class=\"faint\" x=\"\(Self.number(Self.width - Self.right))\" y=\"55\" "
      + "text-anchor=\"end\">dashed: minimum</text>"
  }

  // MARK: Panels

  private func stockPanel(_ leadClass: LeadClass, y: Double) -> String {
    let series = lines.map { line in line.outcome.days.map { Double($0.lowest[leadClass]) } }
    let minimums = lines.map { Double($0.minimums[leadClass]) }
    let highest = Self.roundNumber(above: (series.joined() + minimums).max() ?? 0)
    var parts = [axes(y: y, highest: highest, title: "\(leadClass.rawValue): least stock of the day (leads)")]
    for (index, minimum) in minimums.enumerated() where index == 0 || minimum != minimums[0] {
      let height = Self.number(self.y(minimum, highest, y))
      parts.append(
        "<path class=\"minimum\(minimums.allSatisfy { $0 == minimum } ? "" : " " + Self.hues[index])\" "
          + "d=\"M\(Self.number(Self.left)) \(height)H\(Self.number(Self.width - Self.right))\"/>")
    }
    for (index, values) in series.enumerated() {
      parts.append(curve(values, highest: highest, y: y, hue: Self.hues[index]))
    }
    return parts.joined(separator: "\n")
  }

  /// By week, since single days would be all peaks and gaps.
  private func uploadPanel(y: Double) -> String {
    let week = 5
    let series = lines.map { line in
      stride(from: 0, to: line.outcome.days.count, by: week).map { start in
        line.outcome.days[start..<min(start + week, line.outcome.days.count)].reduce(0) { $0 + Double($1.uploaded) }
      }
    }
    let highest = Self.roundNumber(above: series.joined().max() ?? 0)
    var parts = [
      axes(y: y, highest: highest, title: "Leads uploaded in \(week) business days"),
      dates(y: y + Self.panelHeight + 18),
    ]
    let weeks = max(1, series.first?.count ?? 0)
    let slot = (Self.width - Self.left - Self.right) / Double(weeks)
    let bar = slot * 0.8 / Double(series.count)
    for (index, values) in series.enumerated() {
      let path = values.enumerated().filter { $0.element > 0 }.map { place, value in
        let x = Self.left + Double(place) * slot + slot * 0.1 + Double(index) * bar
        let top = self.y(value, highest, y)
        return "M\(Self.number(x)) \(Self.number(y + Self.panelHeight))V\(Self.number(top))h\(Self.number(bar))"
          + "V\(Self.number(y + Self.panelHeight))Z"
      }.joined()
      parts.append("<path class=\"bar \(Self.hues[index])\" d=\"\(path)\"/>")
    }
    return parts.joined(separator: "\n")
  }

  private func axes(y: Double, highest: Double, title: String) -> String {
    let marks = [0, highest / 2, highest].map { value in
      let height = self.y(value, highest, y)
      return """
        <line class="grid" x1="\(Self.number(Self.left))" y1="\(Self.number(height))" \
        x2="\(Self.number(Self.width - Self.right))" y2="\(Self.number(height))"/>
        <text class="faint" x="\(Self.number(Self.left - 8))" y="\(Self.number(height + 4))" text-anchor="end">\
        \(Decimals.text(value))</text>
        """
    }
    return
      ([
        "<text class=\"text\" x=\"\(Self.number(Self.left))\" y=\"\(Self.number(y - 10))\" font-weight=\"600\">"
          + Self.escaped(title) + "</text>"
      ] + marks).joined(separator: "\n")
  }

  /// The first day of each month, under the last panel; of short spans the first and the last day.
  private func dates(y: Double) -> String {
    let days = lines[0].outcome.days
    var marks = days.indices.filter { $0 > 0 && days[$0].day.prefix(7) != days[$0 - 1].day.prefix(7) }
    if marks.count < 2 { marks = [0, max(0, days.count - 1)] }
    return Array(Set(marks)).sorted().filter { days.indices.contains($0) }.map { index in
      let text = marks.count > 13 && !days[index].day.contains("-01-") ? "" : String(days[index].day.prefix(10))
      let label = marks.count > 2 ? String(text.prefix(7)) : text
      return "<text class=\"faint\" x=\"\(Self.number(x(index, of: days.count)))\" y=\"\(Self.number(y))\" "
        + "text-anchor=\"\(index == 0 ? "start" : index == days.count - 1 ? "end" : "middle")\">\(Self.escaped(label))</text>"
    }.joined(separator: "\n")
  }

  private func curve(_ values: [Double], highest: Double, y: Double, hue: String) -> String {
    let points = values.enumerated().map { index, value in
      "\(Self.number(x(index, of: values.count))) \(Self.number(self.y(value, highest, y)))"
    }
    return "<path class=\"line \(hue)\" d=\"M\(points.joined(separator: "L"))\"/>"
  }

  // MARK: Numbers

  private func x(_ index: Int, of count: Int) -> Double {
    Self.left + (Self.width - Self.left - Self.right) * (count > 1 ? Double(index) / Double(count - 1) : 0.5)
  }

  private func y(_ value: Double, _ highest: Double, _ top: Double) -> Double {
    top + Self.panelHeight * (1 - value / highest)
  }

  /// 1, 2 or 5 times a power of ten, not below `value`.
  private static func roundNumber(above value: Double) -> Double {
    var power = 1.0
    while true {
      for factor in [1.0, 2, 5] where factor * power >= value { return max(2, factor * power) }
      power *= 10
    }
  }

  private static func number(_ value: Double) -> String { Decimals.text(value) }

  private static func escaped(_ text: String) -> String {
    text.map { character in
      switch character {
      case "&": "&amp;"
      case "<": "&lt;"
      case ">": "&gt;"
      case "\"": "&quot;"
      default: String(character)
      }
    }.joined()
  }
}

/// A row of numbers as a line of blocks.
package enum Sparkline {
  private static let blocks = ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"]

  /// At most `width` blocks, each the least of the numbers it stands for, by the scale from 0 to `highest`.
  package static func text(_ values: [Int], width: Int, highest: Int) -> String {
    guard !values.isEmpty, width > 0 else { return "" }
    let count = min(width, values.count)
    return (0..<count).map { place in
      let part = values[(place * values.count / count)..<((place + 1) * values.count / count)]
      let least = max(0, part.min() ?? 0)
      return blocks[min(blocks.count - 1, least * blocks.count / max(1, highest + 1))]
    }.joined()
  }
}
