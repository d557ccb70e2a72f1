import JobQueue
import LeadStore
import Leads
import Planning
import Timekeeping

/// How things stand, in one plain sentence or two. Pure.
struct OverviewSentence: Sendable, Equatable {
  var text: String
  var level: Level

  init(_ reading: OverviewReading, policy: Policy, time: PageTime) {
    let now = time.now
    guard !reading.isRestored else {
      self.init(
        "Nothing is planned or sent: this store was put back from a backup and has not asked the CRM yet what was "
          + "uploaded since.", .bad)
      return
    }
    guard let stock = reading.stock, let total = reading.total, let taken = reading.reading?.beganAt else {
      self.init("The CRM's stock has not been read yet; the first cycle does that.", .calm)
      return
    }
    var (text, level) = Self.stock(stock, total: total, policy: policy)
    if now - taken > .seconds(6 * 3600) {
      text += " That is old news: the CRM was last read \(time.ago(taken))."
      level = level == .bad ? .bad : .warn
    }
    let workers = reading.aliveWorkers(at: now)
    let hasWork = reading.count(.available) + reading.count(.leased) > 0
    if let plan = reading.openPlan {
      text += " An upload is under way: \(plan.settled.grouped) of \(plan.selected.counted("lead")) done."
    } else if reading.openCycle != nil {
      text += " A cycle is at work right now."
    } else if let next = reading.nextCycle {
      text += next > now ? " The next cycle begins in \((next - now).words)." : " The next cycle is due."
    }
    if hasWork, workers == 0 {
      text += " Jobs wait, but no worker is alive."
      level = .bad
    }
    self.init(text, level)
  }

  private init(_ text: String, _ level: Level) {
    self.text = text
    self.level = level
  }

  private static func stock(_ stock: PerClass<Int>, total: Int, policy: Policy) -> (String, Level) {
    let short = LeadClass.allCases.filter { stock[$0] < policy.minPerClass[$0] }
    if short.isEmpty, total >= policy.minTotal {
      return ("The CRM is well stocked: \(total.counted("workable lead")), every class above its minimum.", .good)
    }
    if short.isEmpty {
      return (
        "The CRM holds \(total.counted("workable lead")), below the minimum of \(policy.minTotal.grouped).", .bad
      )
    }
    let named = short.map { "\($0.rawValue) (\(stock[$0].grouped) of \(policy.minPerClass[$0].grouped))" }
    let list = named.count == 1 ? named[0] : named.dropLast().joined(separator: ", ") + " and " + (named.last ?? "")
    return ("\(list) \(short.count == 1 ? "is" : "are") below the minimum.", .bad)
  }
}
