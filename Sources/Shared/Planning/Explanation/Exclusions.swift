/// Leads of the catalog that a plan did not take, and why (counts; keys only where they were asked for).
package struct Exclusions: Sendable, Equatable, Codable {
  package enum Reason: String, Sendable, Codable, CaseIterable {
    /// Fit for upload, but the run is smaller than the supply, or the class has enough.
    case notNeeded = "not_needed"
    /// Class C is never uploaded.
    case belowStock = "below_stock"
    /// Selected by an earlier plan whose outcome is not known yet.
    case inFlight = "in_flight"
    /// Created in the CRM before.
    case uploaded
    /// The CRM has it from elsewhere.
    case inCRM = "in_crm"
    /// The CRM refused it.
    case rejected
    /// No longer in the sources.
    case withdrawn
    /// Records that hold no usable lead.
    case unusable
  }

  package struct Count: Sendable, Equatable, Codable {
    package var reason: Reason
    package var count: Int
    /// Keys of leads as examples; empty unless asked for.
    package var examples: [String]

    package init(reason: Reason, count: Int, examples: [String] = []) {
      self.reason = reason
      self.count = count
      self.examples = examples
    }
  }

  /// In the order of `Reason`, only those that occur.
  package var counts: [Count]

  package init(_ counts: [Count]) {
    self.counts = Reason.allCases.flatMap { reason in counts.filter { $0.reason == reason && $0.count > 0 } }
  }
}

extension Exclusions.Reason {
  /// What it means, for people.
  package var words: String {
    switch self {
    case .notNeeded: "fit for upload, but not needed now"
    case .belowStock: "class C, never uploaded"
    case .inFlight: "on their way, outcome not known yet"
    case .uploaded: "uploaded before"
    case .inCRM: "in the CRM from elsewhere"
    case .rejected: "refused by the CRM"
    case .withdrawn: "no longer in the sources"
    case .unusable: "records without a usable lead"
    }
  }
}
