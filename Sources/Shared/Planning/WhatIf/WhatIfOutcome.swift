package import Leads

/// How a configuration would have done over a trace of demand. Times are business time.
package struct WhatIfOutcome: Sendable, Equatable, Codable {
  package struct OfClass: Sendable, Equatable, Codable {
    /// Times that agents asked in vain; it is one stock-out until leads are there again.
    package var stockOuts = 0
    /// Leads that agents asked for in vain.
    package var unmet = 0
    package var hoursBelowMinimum = 0.0
    package var hoursAtZero = 0.0
    /// Leads that agents took.
    package var taken = 0
    /// Leads that were uploaded.
    package var uploaded = 0

    private enum CodingKeys: String, CodingKey {
      case stockOuts = "stock_outs"
      case unmet
      case hoursBelowMinimum = "hours_below_minimum"
      case hoursAtZero = "hours_at_zero"
      case taken, uploaded
    }
  }

  /// One business day, for charts.
  package struct Day: Sendable, Equatable, Codable {
    package var day: String
    /// The least stock of each class at any time of it.
    package var lowest: PerClass<Int>
    /// Leads uploaded on it and in the closed time after it.
    package var uploaded: Int
  }

  package var days: [Day] = []
  package var classes = PerClass(repeating: OfClass())
  package var businessHours = 0.0
  /// Hours in which some class was below its minimum.
  package var hoursBelowAnyMinimum = 0.0
  /// Upload runs.
  package var uploads = 0
  package var poolPerAgentMean = 0.0
  package var poolPerAgentMax = 0.0
  /// Checks that found a need and were held back, by what held them.
  package var held: [String: Int] = [:]
  /// The first day on which the sources could not give what was needed; nil: none.
  package var sourcesUsedUpOn: String?

  package init() {}

  private enum CodingKeys: String, CodingKey {
    case days, classes
    case businessHours = "business_hours"
    case hoursBelowAnyMinimum = "hours_below_any_minimum"
    case uploads
    case poolPerAgentMean = "pool_per_agent_mean"
    case poolPerAgentMax = "pool_per_agent_max"
    case held
    case sourcesUsedUpOn = "sources_used_up_on"
  }

  package var leadsUploaded: Int { classes.map { $1.uploaded }.sum }
  package var leadsTaken: Int { classes.map { $1.taken }.sum }
  package var stockOuts: Int { classes.map { $1.stockOuts }.sum }
  /// Over all classes: an hour in which two are below their minimums counts twice.
  package var hoursBelowMinimum: Double { classes.map { $1.hoursBelowMinimum }.sum }
}
