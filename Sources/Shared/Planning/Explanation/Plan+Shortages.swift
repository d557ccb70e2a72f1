import Leads

extension Plan {
  /// The sentences that stand on top of everything else: the plan in one, and one of each territory out of supply.
  package var headlines: [String] { [sentence] + shortages }

  /// One sentence or two of each territory that is entitled to leads and gets fewer than its share, because the sources have no
  /// more of it: which one, what the others get, and when it is served again. None where no territory has any supply, which the
  /// plan says by itself.
  package var shortages: [String] {
    guard let spread, spread.territories.contains(where: { $0.supply > 0 }) else { return [] }
    return spread.territories.filter { isShort($0, spread) }.map { part in
      let lack =
        part.supply == 0
        ? "\(named(part)) gets no leads: the sources have none left for it."
        : "\(named(part)) gets \(part.given) of the \(Plan.leads(part.least(of: runSize))) of its share: the sources have no "
          + "more for it."
      let more =
        part.supply == 0 ? "as soon as a source holds leads of it" : "in full as soon as a source holds more of it"
      return "\(lack) \(meanwhile(spread, without: part.name)) It is served again \(more); sources are read again "
        + "\(nextReading)."
    }
  }

  private func isShort(_ part: Spread.TerritoryPart, _ spread: Spread) -> Bool {
    let isEntitled =
      (part.leastShare ?? 0) > 0
      || input.policy.steering.geography.territories[part.name] != nil && part.largestShare != 0
    guard isEntitled else { return false }
    if part.supply == 0 { return true }
    // Given up for the best leads, the balance gave nothing to anybody.
    guard decision == .upload, spread.scoreGuard?.isUndone != true else { return false }
    return part.given == part.supply && part.given < part.least(of: runSize)
  }

  /// `Territory Islands (HI)`
  private func named(_ part: Spread.TerritoryPart) -> String {
    let states = input.policy.steering.geography.territories[part.name] ?? []
    let shown = states.count > 6 ? "\(states.count) states" : states.joined(separator: ", ")
    return "Territory \(part.name)" + (states.isEmpty ? "" : " (\(shown))")
  }

  private func meanwhile(_ spread: Spread, without name: String) -> String {
    guard decision == .upload else { return "The others get its share of the next upload." }
    guard spread.scoreGuard?.isUndone != true else { return "The others get its share meanwhile." }
    let others = spread.territories.filter { $0.name != name && $0.given > 0 }.map { part in
      "\(part.name.isEmpty ? "elsewhere" : part.name) \(part.given)"
    }
    guard !others.isEmpty else { return "The others need nothing meanwhile." }
    return "The others get its share meanwhile: \(others.joined(separator: ", ")) of \(Plan.leads(runSize))."
  }
}
