import Leads
import Timekeeping

/// No upload rests on a reading that the CRM did not give: an accepted total was true at some moment since its cycle began,
/// unless the CRM itself lied.
// Unchecked: used on the one thread of `SingleThread` only.
final class StockCheck: @unchecked Sendable {
  private struct Truth {
    let from: Duration
    let total: Int
  }

  // The world owns its checks.
  private unowned let world: World
  private var truths: [Truth] = []
  private var lies: Set<Int> = []
  private var seen = -1

  init(world: World) {
    self.world = world
  }

  /// The CRM shows a `factor`-th of a hundred of what it holds; 0: nothing.
  func lie(about stock: Stock, _ percent: Int) -> Stock {
    var stock = stock
    stock.total = stock.total * percent / 100
    stock.available = stock.available * percent / 100
    stock.availableOther = 0
    stock.availablePerClass = PerClass(
      aPlus: stock.availablePerClass.aPlus * percent / 100, a: stock.availablePerClass.a * percent / 100,
      b: stock.availablePerClass.b * percent / 100)
    lies.insert(stock.total)
    return stock
  }

  /// After every step: what the CRM holds now.
  func observe() {
    guard world.crm.changes != seen else { return }
    seen = world.crm.changes
    let total = world.crm.rows.count { !$0.status.isClosed }
    if truths.last?.total != total { truths.append(Truth(from: world.time.now, total: total)) }
  }

  /// A plan was made on a reading of this total, taken since `begin`.
  func notePlan(_ id: Int64, total: Int, readSince begin: Duration) {
    let first = truths.lastIndex { $0.from <= begin } ?? 0
    let possible = Set(truths[first...].map(\.total)).union(lies)
    if !possible.contains(total) {
      world.fail("a plan rests on what the CRM holds", "plan \(id) read \(total), the CRM held \(possible.sorted())")
    }
  }
}
