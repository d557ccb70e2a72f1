extension Advisor {
  private static let balance = "business_rules.geography.balance"

  /// What territories mean together.
  var territoryAdvice: [Advice] { [unbalancedShares].compactMap(\.self) }

  private var unbalancedShares: Advice? {
    let rules = configuration.businessRules
    guard !rules.balancesGeography, !rules.minTerritoryShares.isEmpty || !rules.maxTerritoryShares.isEmpty else {
      return nil
    }
    return advice(
      on: Self.balance,
      "the shares of min_share and max_share are given to no territory, and none is told to be out of supply",
      set: Advice.Setting(Self.balance, .boolean(true)))
  }
}
