import Leads

extension Configuration {
  /// The thresholds, teams, segments and territories as the planner takes them.
  var steering: Steering {
    var steering = Steering()
    steering.highConversion = performanceThresholds.highConversionThreshold
    steering.lowConversion = performanceThresholds.lowConversionThreshold
    steering.teams = businessRules.teams.mapValues(Configuration.strategy)
    steering.segments = businessRules.segments.mapValues(Configuration.segment)
    steering.geography.isBalanced = businessRules.balancesGeography
    steering.geography.territories = businessRules.territories.mapValues { $0.texts.map { $0.uppercased() } }
    steering.geography.minShare = businessRules.minTerritoryShares.compactMapValues(\.asNumber)
    steering.geography.maxShare = businessRules.maxTerritoryShares.compactMapValues(\.asNumber)
    steering.geography.maxScoreLoss = businessRules.maxScoreLoss
    return steering
  }

  private static func strategy(_ value: JSONValue) -> TeamStrategy {
    var strategy = TeamStrategy()
    // "automatic" is none of the states.
    strategy.state = value["strategy"]?.text.flatMap { TeamState(rawValue: $0.lowercased()) }
    strategy.mix = value["mix"].map(mix)
    strategy.weight = value["weight"]?.asNumber ?? 1
    strategy.territory = value["territory"]?.text
    return strategy
  }

  /// Scaled to sum to exactly 1; the rule of the configuration has seen to it that they nearly do.
  static func mix(_ value: JSONValue) -> PerClass<Double> {
    let shares = PerClass(repeating: 0.0).map { leadClass, _ in value[leadClass.rawValue]?.asNumber ?? 0 }
    return shares.sum > 0 ? shares.map { $1 / shares.sum } : shares
  }

  private static func segment(_ value: JSONValue) -> Segment {
    let asked = Segment.Field.allCases.compactMap { field in
      value["where"]?[field.rawValue].map { (field, $0.texts) }
    }
    return Segment(filter: Dictionary(uniqueKeysWithValues: asked), share: value["share"]?.asNumber ?? 0)
  }
}

extension ConfigurationRule {
  /// The rules of teams, segments and territories, each of which is about one key.
  static let steering: [ConfigurationRule] = [
    ConfigurationRule(
      keys: ["business_rules.teams"],
      isViolated: { configuration in
        configuration.businessRules.teams.values.compactMap { $0["mix"] }.contains { mix in
          abs(LeadClass.allCases.map { mix[$0.rawValue]?.asNumber ?? 0 }.reduce(0, +) - 1) > 0.001 + 1e-9
        }
      },
      reason: "the shares of a team's mix must sum to 1"),
    ConfigurationRule(
      keys: ["business_rules.teams", "business_rules.geography.territories"],
      isViolated: { configuration in
        configuration.businessRules.teams.values.compactMap { $0["territory"]?.text }.contains {
          configuration.businessRules.territories[$0] == nil
        }
      },
      reason: "a team works a territory that is not one of the territories"),
    ConfigurationRule(
      keys: ["business_rules.segments"],
      isViolated: { configuration in
        configuration.businessRules.segments.values.contains { segment in
          !Segment.Field.allCases.contains { segment["where"]?[$0.rawValue]?.texts.isEmpty == false }
        }
      },
      reason: "a segment without a field in its where holds no lead"),
    ConfigurationRule(
      keys: ["business_rules.segments"],
      isViolated: { configuration in
        configuration.businessRules.segments.values.compactMap { $0["share"]?.asNumber }.reduce(0, +) > 1 + 1e-9
      },
      reason: "the shares of the segments add up to more than 1"),
    ConfigurationRule(
      keys: ["business_rules.geography.territories"],
      isViolated: { configuration in
        let states = configuration.businessRules.territories.values.flatMap { $0.texts.map { $0.uppercased() } }
        return Set(states).count < states.count
      },
      reason: "a state is in two territories"),
    ConfigurationRule(
      keys: ["business_rules.geography.min_share"],
      isViolated: { configuration in
        configuration.businessRules.minTerritoryShares.values.compactMap(\.asNumber).reduce(0, +) > 1 + 1e-9
      },
      reason: "the least shares add up to more than 1"),
    ConfigurationRule(
      keys: ["business_rules.geography.min_share", "business_rules.geography.max_share"],
      isViolated: { configuration in
        configuration.businessRules.minTerritoryShares.contains { name, least in
          (least.asNumber ?? 0) > (configuration.businessRules.maxTerritoryShares[name]?.asNumber ?? 1)
        }
      },
      reason: "a territory's least share is above its largest"),
  ]
}

extension JSONValue {
  fileprivate subscript(_ name: String) -> JSONValue? {
    if case .object(let members) = self { members[name] } else { nil }
  }

  fileprivate var text: String? {
    if case .text(let text) = self { text } else { nil }
  }

  fileprivate var texts: [String] {
    if case .list(let values) = self { values.compactMap(\.text) } else { [] }
  }
}
