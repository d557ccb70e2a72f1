package import Leads

/// What one cycle will upload, and every number that led there. Its JSON is stored and shown.
package struct Plan: Sendable, Equatable, Codable {
  /// What it was made from.
  package var input: PlanningInput
  package var decision: Decision
  /// What triggered it, in the words people search for; empty when nothing is needed.
  package var reasons: [String]
  package var need: Need
  package var mix: Mix
  /// Every bound on the run, in a fixed order, also when nothing is uploaded.
  package var caps: [Cap]
  /// The cap that set the size of this run, or held it back; nil where none did.
  package var binding: Cap.Name?
  /// Whether the run was raised to `min_upload_batch`, which then set its size.
  package var isRaisedToSmallestBatch: Bool
  /// Leads to upload: the sum of `targets`; 0 unless the decision is `upload`.
  package var runSize: Int
  package var targets: PerClass<Int>
  /// How far `targets` differ from a run with every class in supply: negative for a class that runs short, positive for
  /// those that fill in. Sums to 0.
  package var refill: PerClass<Int>
  /// How classes and teams convert; nil in plans recorded before it was kept.
  package var performance: Performance?
  /// Over which segments and regions the leads were spread; nil where neither is configured.
  package var spread: Spread?
  /// What was left out of the catalog, and why; nil where it was not counted.
  package var exclusions: Exclusions?
  /// What is taken from each file that had leads, in the order of the configuration; nil until leads are chosen, and in plans of
  /// earlier versions.
  package var sources: [SourceUse]?

  private enum CodingKeys: String, CodingKey {
    case input, decision, reasons, need, mix, caps, binding
    case isRaisedToSmallestBatch = "is_raised_to_smallest_batch"
    case runSize = "run_size"
    case targets, refill, performance, spread, exclusions, sources
  }

  /// The decision in one line, in the words people search for.
  package var message: String {
    switch decision {
    case .upload: "Upload planned: \(Plan.leads(runSize))"
    case .sufficient: "Lead levels sufficient, no upload needed"
    case .blocked(let block): message(of: block)
    }
  }

  /// `Upload strategy: ['Total leads (101) below minimum (120)']`
  package var strategyLine: String {
    "Upload strategy: [" + reasons.map { "'\($0)'" }.joined(separator: ", ") + "]"
  }

  /// `Targets: {'A+': 10, 'A': 25, 'B': 15}`
  package var targetsLine: String {
    "Targets: {" + LeadClass.allCases.map { "'\($0.rawValue)': \(targets[$0])" }.joined(separator: ", ") + "}"
  }

  static func leads(_ count: Int) -> String {
    "\(count) \(count == 1 ? "lead" : "leads")"
  }
}
