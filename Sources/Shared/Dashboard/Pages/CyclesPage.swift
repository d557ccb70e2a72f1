import Database
import LeadStore
import Timekeeping

/// The latest cycles and how they ended.
struct CyclesPage: Sendable {
  struct Row: Sendable {
    var id: Int64
    var badge: Badge
    var startedAt: PageTime.Stamp
    var took: String
    var message: String
  }

  static let limit = 50

  var rows: [Row]
  var olderPath: String?
  var isFirst: Bool

  init(before id: Int64?, time: PageTime, in transaction: Transaction) throws {
    let cycles = try CycleTable.page(before: id, limit: Self.limit, in: transaction)
    rows = cycles.map { cycle in
      Row(
        id: cycle.id, badge: Badge(cycle.state.rawValue, cycle.state.level), startedAt: time.stamp(cycle.startedAt),
        took: ((cycle.finishedAt ?? time.now) - cycle.startedAt).words, message: cycle.message ?? "at work")
    }
    olderPath = cycles.count == Self.limit ? cycles.last.map { "/cycles?before=\($0.id)" } : nil
    isFirst = id == nil
  }
}
