import Database
import LeadStore
import Leads
import Planning
import Timekeeping

/// One cycle: what was read, what was decided and why, what became of it.
struct CyclePage: Sendable {
  struct Step: Sendable {
    var name: String
    var key: String?
    var total: String
    var aPlus: String
    var a: String
    var b: String
    var bar: String
    var isBinding: Bool
  }

  struct Bound: Sendable {
    var leadClass: String
    var step: String
    var key: String?
  }

  struct Exclusion: Sendable {
    var count: String
    var words: String
  }

  struct Reading: Sendable {
    var startedAt: PageTime.Stamp
    var badge: Badge
    var text: String
  }

  struct Batch: Sendable {
    var ordinal: Int
    var jobID: Int64
    var leads: String
    var created: String
    var duplicates: String
    var rejected: String
    var open: String
    var badge: Badge
  }

  private static let batchesMax = 200

  var id: Int64
  var badge: Badge
  var startedAt: PageTime.Stamp
  var took: String
  var message: String
  var sentence: String?
  var reasons: [String]
  var steps: [Step]
  var bounds: [Bound]
  var exclusions: [Exclusion]
  var readings: [Reading]
  var batches: [Batch]
  var moreBatches: String?

  /// Nil when there is no such cycle.
  init?(id: Int64, time: PageTime, in transaction: Transaction) throws {
    guard let cycle = try CycleTable.list(id: id, limit: 1, in: transaction).first else { return nil }
    let row = try PlanTable.find(ofCycle: id, in: transaction)
    let all = try row.map { try BatchTable.list(ofPlan: $0.id, in: transaction) } ?? []
    self.id = id
    badge = Badge(cycle.state.rawValue, cycle.state.level)
    startedAt = time.stamp(cycle.startedAt)
    took = ((cycle.finishedAt ?? time.now) - cycle.startedAt).words
    message = cycle.message ?? "At work."
    sentence = row?.plan.headlines.joined(separator: " ")
    reasons = row?.plan.reasons ?? []
    (steps, bounds) = Self.waterfall(row?.plan)
    exclusions =
      row?.plan.exclusions?.counts.map { Exclusion(count: $0.count.grouped, words: $0.reason.words) } ?? []
    readings = try SnapshotTable.list(ofCycle: id, in: transaction).map { Self.reading($0, time) }
    batches = try all.prefix(Self.batchesMax).map {
      Self.batch($0, try BatchTable.tally(ofBatch: $0.id, in: transaction))
    }
    moreBatches = all.count > Self.batchesMax ? (all.count - Self.batchesMax).grouped : nil
  }

  private static func waterfall(_ plan: Plan?) -> ([Step], [Bound]) {
    guard let plan, plan.need.total > 0 else { return ([], []) }
    let waterfall = plan.waterfall
    let most = waterfall.steps.map(\.total).max() ?? 0
    let steps = waterfall.steps.map { step in
      Step(
        name: step.name.words, key: step.configurationKey, total: step.total.grouped,
        aPlus: step.perClass.aPlus.grouped, a: step.perClass.a.grouped, b: step.perClass.b.grouped,
        bar: ShareBar(
          parts: [
            ("class-a-plus", step.perClass.aPlus), ("class-a", step.perClass.a), ("class-b", step.perClass.b),
            // What is needed in all and of no class in particular.
            ("any", max(0, step.total - step.perClass.sum)),
          ],
          whole: most
        ).svg, isBinding: step.isBinding)
    }
    let bounds = LeadClass.allCases.map { leadClass in
      let binding = waterfall.binding[leadClass]
      return Bound(leadClass: leadClass.rawValue, step: binding.step.words, key: binding.configurationKey)
    }
    return (steps, bounds)
  }

  private static func reading(_ row: SnapshotRow, _ time: PageTime) -> Reading {
    let level: Level =
      switch row.verdict {
      case .accepted: .good
      case .unjudged: .calm
      case .held: .warn
      case .failed: .bad
      }
    var text = row.reason ?? ""
    if let stock = row.stock {
      let classes = LeadClass.allCases.map { "\($0.rawValue) \(stock.availablePerClass[$0].grouped)" }
      text =
        "\(stock.total.grouped) workable, \(stock.available.grouped) available: " + classes.joined(separator: ", ")
        + (row.reason.map { ". \($0)" } ?? "")
    }
    return Reading(startedAt: time.stamp(row.beganAt), badge: Badge(row.verdict.rawValue, level), text: text)
  }

  private static func batch(_ batch: BatchRow, _ tally: [BatchLeadState: Int]) -> Batch {
    let open = (tally[.pending] ?? 0) + (tally[.unresolved] ?? 0)
    let doubt = tally[.unresolved] ?? 0
    let state =
      doubt > 0 ? Badge("\(doubt) in doubt", .warn) : open > 0 ? Badge("open", .warn) : Badge("settled", .good)
    return Batch(
      ordinal: batch.ordinal, jobID: batch.jobID, leads: batch.leadCount.grouped,
      created: (tally[.created] ?? 0).grouped, duplicates: (tally[.duplicate] ?? 0).grouped,
      rejected: (tally[.rejected] ?? 0).grouped, open: open.grouped, badge: state)
  }
}
