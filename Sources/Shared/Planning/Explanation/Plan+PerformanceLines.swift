import Leads

extension Plan {
  /// The teams with their counts and intervals, and how they moved the mix.
  var performanceLines: [String] {
    guard let performance, input.policy.prioritizeHighPerformers else { return [] }
    guard let teams = performance.teams else {
      return ["Teams: not known; they are read from the CRM's database (LEAD_CRM_DATABASE_URL)"]
    }
    guard !teams.isEmpty else { return ["Teams: none, the CRM has no agents"] }
    let moved = mix.steered == mix.base ? "" : ", which make the mix " + Plan.list(mix.steered, Plan.percent)
    return ["Teams: \(teams.count)" + moved + "; \(basis(performance.teamPool))"]
      + teams.map { "  " + line($0, days: performance.windowDays) }
      + performance.unknownTeams.map { "  \($0): in business_rules.teams, but no team of the CRM" }
  }

  private func line(_ team: TeamPerformance, days: Int) -> String {
    var parts = [team.isConfigured ? "\(team.state.rawValue) (configured)" : team.state.rawValue]
    if let earlier = team.earlier, earlier != team.state { parts[0] += ", before \(earlier.rawValue)" }
    parts.append(
      team.estimate.map { Plan.words($0, days: days) }
        ?? "\(team.stock.conversion.won) of \(team.stock.conversion.resolved) won")
    let agents = team.stock.activeAgents
    parts.append("\(agents) active \(agents == 1 ? "agent" : "agents"), \(team.stock.deskLoad) leads on desks")
    if let tenure = team.stock.medianTenureDays { parts.append("median tenure \(Int(tenure)) days") }
    let name = team.stock.key.isEmpty ? "agents without a manager" : team.stock.key
    return "\(name): " + parts.joined(separator: "; ")
  }

  private func basis(_ pool: ConversionPool) -> String {
    let all = "\(pool.total.won) of \(pool.total.resolved)"
    let pooled = "pooled towards \(all)"
    return switch pool.basis {
    case .estimated:
      pooled + " as if by \(Int((pool.strength ?? 0).rounded())) leads"
    case .fewGroups:
      pooled + " as if by 50 leads, since fewer than 5 have closed leads"
    case .full: "they differ no more than chance, so all are taken as one: \(all)"
    case .noClosedLeads: "not judged: no lead closed in the window"
    case .noneWon: "not judged: no closed lead was won"
    case .allWon: "not judged: every closed lead was won"
    }
  }

  /// `6 of 20 won in 30 days, taken for 22.9 % (80 %: 16.1–30.2 %)`
  static func words(_ estimate: ConversionEstimate, days: Int) -> String {
    let counted = "\(estimate.counted.won) of \(estimate.counted.resolved) won in \(days) days"
    let interval = estimate.interval
    let low = percent(interval.lowerBound).dropLast(2)
    return "\(counted), taken for \(percent(estimate.mean)) (80 %: \(low)–\(percent(interval.upperBound)))"
  }

  /// Segments and territories, and what the balance cost.
  var spreadLines: [String] {
    guard let spread else { return [] }
    var lines: [String] = []
    if !spread.segments.isEmpty {
      lines += ["Segments:"]
      lines += spread.segments.map { part in
        let name = part.name.isEmpty ? "no segment" : part.name
        let share = "\(part.given) of \(runSize), share \(Plan.percent(part.share))"
        return "  \(name): \(share), \(part.supply) in the sources"
      }
    }
    if !spread.territories.isEmpty {
      let state = spread.scoreGuard?.isUndone == true ? ", not balanced" : ""
      lines += ["Territories, weighted by \(spread.weightBasis?.words ?? "nothing")\(state):"]
      lines += spread.territories.map { part in
        let name = part.name.isEmpty ? "elsewhere" : part.name
        return "  \(name): \(part.given) given to \(part.available) in the pool, weight \(Int(part.weight))"
          + "\(Plan.shares(part)), \(part.supply) in the sources" + (part.supply == 0 ? ": out of supply" : "")
      }
      lines += guardLines(spread)
    }
    return lines
  }

  /// `, share 30 % at least, 60 % at most`; nothing where none is configured.
  private static func shares(_ part: Spread.TerritoryPart) -> String {
    let bounds = [
      part.leastShare.map { "\(percent($0)) at least" }, part.largestShare.map { "\(percent($0)) at most" },
    ]
    let told = bounds.compactMap(\.self).joined(separator: ", ")
    return told.isEmpty ? "" : ", share \(told)"
  }

  private func guardLines(_ spread: Spread) -> [String] {
    guard let guarded = spread.scoreGuard else { return [] }
    let scores = "mean score \(Plan.tenths(guarded.balanced)) balanced, \(Plan.tenths(guarded.best)) by score alone"
    return guarded.isUndone
      ? [
        "  \(scores): more than business_rules.geography.max_score_loss allows, so the best leads are taken instead"
      ] : ["  \(scores)"]
  }

  private static func tenths(_ number: Double) -> String {
    let tenths = Int((number * 10).rounded())
    return "\(tenths / 10).\(abs(tenths % 10))"
  }
}

extension Spread.WeightBasis {
  fileprivate var words: String {
    switch self {
    case .agents: "active agents"
    case .uptake: "what agents took up"
    case .equal: "nothing, since the CRM tells nothing of them"
    }
  }
}
