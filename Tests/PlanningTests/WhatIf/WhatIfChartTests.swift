import Leads
import Planning
import Testing

@Suite("What-if, drawn")
struct WhatIfChartTests {
  private func outcome() -> WhatIfOutcome {
    var random = SeededDraws(seed: 1)
    let trace = DemandModel.goals.trace(of: workDays(65), using: &random)
    return WhatIf.run(
      trace, rules: WhatIfRules(policy: Policy(), checkInterval: .seconds(1800)),
      from: WhatIfStart(
        available: PerClass(aPlus: 30, a: 75, b: 45), activeAgents: 3, supply: PerClass(repeating: 10_000)))
  }

  @Test("The chart is one document with a curve for each class and configuration, and names are escaped")
  func document() {
    let outcome = outcome()
    let line = { WhatIfChart.Line(name: $0, minimums: Policy().minPerClass, outcome: outcome) }
    let svg = WhatIfChart(title: "A & B", lines: [line("now"), line("<new> \"one\"")]).svg
    #expect(svg.hasPrefix("<svg ") && svg.hasSuffix("</svg>\n"))
    #expect(svg.matches(of: /<path class="line [a-z]+"/).count == 6)
    #expect(svg.matches(of: /<path class="minimum[a-z ]*"/).count == 3)
    #expect(svg.contains("A &amp; B"))
    #expect(svg.contains("&lt;new&gt; &quot;one&quot;"))
    #expect(!svg.contains("nan") && !svg.contains("∞"))
    // Every element that is opened is closed.
    #expect(
      svg.matches(of: /<(?:svg|title|style|text)[ >]/).count == svg.matches(of: /<\/(?:svg|title|style|text)>/).count)
  }

  @Test("Different minimums are drawn apart")
  func minimums() {
    let outcome = outcome()
    let svg = WhatIfChart(
      title: "",
      lines: [
        .init(name: "a", minimums: PerClass(repeating: 10), outcome: outcome),
        .init(name: "b", minimums: PerClass(repeating: 20), outcome: outcome),
      ]
    ).svg
    #expect(svg.matches(of: /<path class="minimum[a-z ]*"/).count == 6)
  }

  @Test("No days and no leads are drawn as well")
  func empty() {
    let svg = WhatIfChart(
      title: "", lines: [.init(name: "a", minimums: PerClass(repeating: 0), outcome: WhatIfOutcome())]
    ).svg
    #expect(!svg.contains("nan") && !svg.contains("∞"))
  }

  @Test("A sparkline shows the least of what each block stands for")
  func sparkline() {
    #expect(Sparkline.text([0, 1, 2, 3, 4, 5, 6, 7], width: 8, highest: 7) == "▁▂▃▄▅▆▇█")
    #expect(Sparkline.text([7, 0, 7, 7], width: 2, highest: 7) == "▁█")
    #expect(Sparkline.text([], width: 5, highest: 7) == "")
    #expect(Sparkline.text([3], width: 5, highest: 0) == "█")
  }
}
