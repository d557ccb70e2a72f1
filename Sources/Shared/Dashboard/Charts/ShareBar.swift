/// A bar of parts of a whole (SVG); what it says stands beside it as text, so that it is hidden from screen readers.
struct ShareBar: Sendable {
  /// `name` is a class of the style sheet.
  var parts: [(name: String, count: Int)]
  var whole: Int

  var svg: String {
    let whole = Double(max(1, max(self.whole, parts.reduce(0) { $0 + $1.count })))
    var x = 0.0
    let bars = parts.filter { $0.count > 0 }.map { part in
      let width = Double(part.count) / whole * 400
      defer { x += width }
      return """
        <rect class="\(part.name)" x="\(StockChart.text(x))" y="0" width="\(StockChart.text(width))" height="12"/>
        """
    }
    return """
      <svg class="share" viewBox="0 0 400 12" preserveAspectRatio="none" aria-hidden="true" focusable="false">\
      <rect class="rest" x="0" y="0" width="400" height="12"/>\(bars.joined())</svg>
      """
  }
}
