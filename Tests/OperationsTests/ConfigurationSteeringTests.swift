import Leads
import Testing

@testable import Operations

/// Teams, segments and territories: what is taken, and each slip with the line a user sees.
struct ConfigurationSteeringTests {
  private func decode(_ rules: String) -> (Configuration, [String]) {
    let (configuration, problems) = ConfigurationDecoder.decode(#"{ "business_rules": { \#(rules) } }"#, file: "c.json")
    return (configuration, problems.map(\.description))
  }

  @Test("thresholds, teams, segments and territories reach the planner")
  func reach() {
    let (configuration, problems) = decode(
      """
      "teams": { "jones": { "strategy": "high", "weight": 2, "territory": "South" },
                 "smith": { "strategy": "automatic", "mix": { "A+": 0.1, "A": 0.6, "B": 0.3 } } },
      "segments": { "dental": { "where": { "specialties": ["*dental*"], "state": ["TX"] }, "share": 0.3 } },
      "geography": { "balance": true, "territories": { "South": ["tx", "OK"] }, "min_share": { "South": 0.2 },
                     "max_share": { "South": 0.9 }, "max_score_loss": 2.5 }
      """)
    #expect(problems == [])
    let steering = configuration.policy.steering
    #expect(steering.teams["jones"]?.state == .high && steering.teams["jones"]?.weight == 2)
    #expect(steering.teams["jones"]?.territory == "South" && steering.teams["jones"]?.mix == nil)
    #expect(steering.teams["smith"]?.state == nil && steering.teams["smith"]?.weight == 1)
    #expect(abs((steering.teams["smith"]?.mix?.a ?? 0) - 0.6) < 1e-12)
    #expect(
      steering.segments["dental"] == Segment(filter: [.specialties: ["*dental*"], .state: ["TX"]], share: 0.3))
    #expect(steering.geography.isBalanced && steering.geography.maxScoreLoss == 2.5)
    #expect(steering.geography.territories == ["South": ["TX", "OK"]])
    #expect(steering.geography.minShare == ["South": 0.2] && steering.geography.maxShare == ["South": 0.9])
  }

  @Test("thresholds of conversion reach the planner")
  func thresholds() {
    let (configuration, _) = ConfigurationDecoder.decode(
      #"{ "performance_thresholds": { "high_conversion_threshold": 0.3, "low_conversion_threshold": 0.1 } }"#,
      file: "c.json")
    #expect(configuration.policy.steering.highConversion == 0.3)
    #expect(configuration.policy.steering.lowConversion == 0.1)
  }

  @Test(
    "a slip inside is named with its path, and with the nearest name",
    arguments: [
      (
        #""teams": { "jones": { "strategie": "high" } }"#,
        "c.json:1: business_rules.teams.jones.strategie: unknown key; the nearest known key is "
          + "business_rules.teams.jones.strategy"
      ),
      (
        #""teams": { "jones": { "strategy": "hihg" } }"#,
        #"c.json:1: business_rules.teams.jones.strategy: expected one of "automatic", "high", "low", "learning", "#
          + #""standard", found "hihg"; the nearest is "high""#
      ),
      (
        #""teams": { "jones": { "weight": -1 } }"#,
        "c.json:1: business_rules.teams.jones.weight: expected a number from 0 to 100, found -1"
      ),
      (#""teams": { "jones": 7 }"#, "c.json:1: business_rules.teams.jones: expected an object, found a number"),
      (
        #""segments": { "d": { "where": { "citty": ["x"] }, "share": 0.1 } }"#,
        "c.json:1: business_rules.segments.d.where.citty: unknown key; the nearest known key is "
          + "business_rules.segments.d.where.city"
      ),
      (
        #""segments": { "d": { "where": { "city": ["x"] }, "share": 30 } }"#,
        "c.json:1: business_rules.segments.d.share: expected a number from 0 to 1, found 30"
      ),
      (
        #""geography": { "territories": { "S": ["TX", "Texas"] } }"#,
        "c.json:1: business_rules.geography.territories.S: expected a list of distinct texts, each the two letters of a "
          + "US state, found text at position 2"
      ),
    ])
  func slips(rules: String, message: String) {
    #expect(decode(rules).1 == [message])
  }

  @Test(
    "what can never work together is refused",
    arguments: [
      (#""teams": { "j": { "mix": { "A+": 0.5, "A": 0.2 } } }"#, "the shares of a team's mix must sum to 1"),
      (#""teams": { "j": { "territory": "South" } }"#, "a team works a territory that is not one of the territories"),
      (#""segments": { "d": { "share": 0.5 } }"#, "a segment without a field in its where holds no lead"),
      (
        #""segments": { "d": { "where": { "city": ["x"] }, "share": 0.6 }, "e": { "where": { "city": ["y"] }, "share": 0.5 } }"#,
        "the shares of the segments add up to more than 1"
      ),
      (#""geography": { "territories": { "S": ["TX"], "T": ["tx"] } }"#, "a state is in two territories"),
      (#""geography": { "min_share": { "S": 0.6, "T": 0.5 } }"#, "the least shares add up to more than 1"),
      (
        #""geography": { "min_share": { "S": 0.6 }, "max_share": { "S": 0.5 } }"#,
        "a territory's least share is above its largest"
      ),
    ])
  func impossible(rules: String, reason: String) {
    let problems = decode(rules).1
    #expect(problems.count == 1 && problems.first?.contains(reason) == true, "\(problems)")
  }
}
