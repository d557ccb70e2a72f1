import Timekeeping

/// Stock over time as a drawing (SVG): the readings as a line, minimum and target, and what is expected beyond the last reading
/// as a line within its band. Colours come from the style sheet, so that it is readable on light and dark ground.
struct StockChart: Sendable {
  /// When the stock is used up with a probability of 0.1, 0.5 and 0.9; nil: later than can be told.
  struct Expected: Sendable {
    var earliest: Timestamp?
    var median: Timestamp?
    var latest: Timestamp?
  }

  private static let (width, height) = (380.0, 190.0)
  private static let (left, right, top, bottom) = (44.0, 14.0, 12.0, 26.0)

  var title: String
  var points: [(at: Timestamp, count: Int)]
  var since: Timestamp
  var now: Timestamp
  /// The end of the axis, at `now` or later.
  var until: Timestamp
  /// The stock now.
  var stock: Int
  var minimum: Int
  var target: Int
  var expected: Expected?
  var time: PageTime

  var svg: String {
    let highest = Self.roundNumber(above: Double(([stock, minimum, target] + points.map(\.count)).max() ?? 0) * 1.08)
    var parts = [
      """
      <svg class="chart" viewBox="0 0 \(Self.text(Self.width)) \(Self.text(Self.height))" role="img" \
      aria-label="\(Self.escaped(words))">
      """
    ]
    parts += grid(highest)
    if let band = band(highest) { parts.append(band) }
    parts.append(level(target, highest, "target"))
    parts.append(level(minimum, highest, "minimum"))
    if until > now {
      let x = Self.text(self.x(now))
      parts.append(
        "<line class=\"now\" x1=\"\(x)\" y1=\"\(Self.text(Self.top))\" x2=\"\(x)\" "
          + "y2=\"\(Self.text(Self.height - Self.bottom))\"/>")
    }
    parts.append(curve(highest))
    parts.append("</svg>")
    return parts.joined(separator: "\n")
  }

  /// The drawing in a sentence, for those who do not see it.
  var words: String {
    guard let first = points.first else { return "\(title): no reading in this time; \(stock.grouped) now" }
    let (low, high) = (points.map(\.count).min() ?? 0, points.map(\.count).max() ?? 0)
    var text =
      "\(title): from \(first.count.grouped) at the beginning to \(stock.grouped) now, between \(low.grouped) and "
      + "\(high.grouped); minimum \(minimum.grouped), target \(target.grouped)"
    if let median = expected?.median { text += "; expected to run out \(time.shortDay(median))" }
    return text
  }

  // MARK: Parts

  private func grid(_ highest: Double) -> [String] {
    var parts: [String] = []
    for part in 0...2 {
      let value = highest * Double(part) / 2
      let y = self.y(value, highest)
      parts.append(
        """
        <line class="grid" x1="\(Self.text(Self.left))" y1="\(Self.text(y))" \
        x2="\(Self.text(Self.width - Self.right))" y2="\(Self.text(y))"/>\
        <text x="\(Self.text(Self.left - 8))" y="\(Self.text(y + 4))" text-anchor="end">\(Self.label(value))</text>
        """)
    }
    let middle = Timestamp(milliseconds: (since.milliseconds + until.milliseconds) / 2)
    for (moment, anchor) in [(since, "start"), (middle, "middle"), (until, "end")] {
      let isShort = until - since < .seconds(2 * 86_400)
      let label = isShort ? time.clock.timeOfDay(at: moment) : String(time.shortDay(moment).dropFirst(4))
      parts.append(
        """
        <text x="\(Self.text(x(moment)))" y="\(Self.text(Self.height - 8))" text-anchor="\(anchor)">\(label)</text>
        """)
    }
    return parts
  }

  private func level(_ value: Int, _ highest: Double, _ name: String) -> String {
    let y = Self.text(self.y(Double(value), highest))
    return """
      <line class="\(name)" x1="\(Self.text(Self.left))" y1="\(y)" x2="\(Self.text(Self.width - Self.right))" y2="\(y)"/>
      """
  }

  private func curve(_ highest: Double) -> String {
    let shown = points + [(now, stock)]
    let path = shown.map { "\(Self.text(x($0.at))) \(Self.text(y(Double($0.count), highest)))" }
      .joined(separator: "L")
    let base = Self.text(Self.height - Self.bottom)
    let (first, last) = (Self.text(x(shown[0].at)), Self.text(x(now)))
    return """
      <path class="area" d="M\(first) \(base)L\(path)L\(last) \(base)Z"/><path class="line" d="M\(path)"/>\
      <circle class="dot" cx="\(last)" cy="\(Self.text(y(Double(stock), highest)))" r="3.5"/>
      """
  }

  /// Straight lines from the stock now to the moments at which it is used up, as far as the axis goes.
  private func band(_ highest: Double) -> String? {
    guard let expected, until > now, stock > 0 else { return nil }
    func end(_ moment: Timestamp?) -> (x: Double, y: Double) {
      guard let moment, moment > now else {
        return moment == nil ? (x(until), y(Double(stock), highest)) : (x(now), y(0, highest))
      }
      if moment <= until { return (x(moment), y(0, highest)) }
      let part = (until - now).inSeconds / (moment - now).inSeconds
      return (x(until), y(Double(stock) * (1 - part), highest))
    }
    let start = "\(Self.text(x(now))) \(Self.text(y(Double(stock), highest)))"
    let (low, middle, high) = (end(expected.earliest), end(expected.median), end(expected.latest))
    func point(_ place: (x: Double, y: Double)) -> String { "\(Self.text(place.x)) \(Self.text(place.y))" }
    let corner = low.x < x(until) && high.y < y(0, highest) ? "L\(Self.text(high.x)) \(Self.text(y(0, highest)))" : ""
    var drawing = "<path class=\"band\" d=\"M\(start)L\(point(low))\(corner)L\(point(high))Z\"/>"
    if expected.median != nil { drawing += "<path class=\"expected\" d=\"M\(start)L\(point(middle))\"/>" }
    return drawing
  }

  // MARK: Numbers

  private func x(_ moment: Timestamp) -> Double {
    let whole = max(1, Double((until - since).milliseconds))
    let part = min(1, max(0, Double((moment - since).milliseconds) / whole))
    return Self.left + part * (Self.width - Self.left - Self.right)
  }

  private func y(_ value: Double, _ highest: Double) -> Double {
    Self.height - Self.bottom - value / highest * (Self.height - Self.top - Self.bottom)
  }

  /// 1, 2, 3, 4, 5, 6 or 8 times a power of ten, not below `value`, at least 2.
  static func roundNumber(above value: Double) -> Double {
    var power = 1.0
    while true {
      for factor in [1.0, 2, 3, 4, 5, 6, 8] where factor * power >= max(2, value) { return factor * power }
      power *= 10
    }
  }

  private static func label(_ value: Double) -> String {
    if value >= 1_000_000 { return "\(text(value / 1_000_000))M" }
    return value >= 10_000 ? "\(text(value / 1000))k" : text(value)
  }

  /// With one decimal where it has any.
  static func text(_ value: Double) -> String {
    let tenths = Int((value * 10).rounded())
    return tenths % 10 == 0 ? "\(tenths / 10)" : "\(tenths < 0 ? "-" : "")\(abs(tenths) / 10).\(abs(tenths) % 10)"
  }

  static func escaped(_ text: String) -> String {
    text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
      .replacing("\"", with: "&quot;")
  }
}
