import JobQueue
import LeadStore
import Leads
import Operations
import Timekeeping

/// One picture of `top`. Pure. What matters most stands first; what a low terminal has no room for is left out from the end.
struct TopFrame: Sendable {
  let facts: TopFacts
  let time: ShownTime
  let width: Int
  /// Nil: as many as there are, where nobody watches.
  let height: Int?

  private static let labelWidth = 8
  private static let queueWidthMax = 20

  /// Where there are fewer rows, no row is spent on a gap.
  private static let roomyHeight = 30
  /// What the latest events leave to the workers at the least, their title included.
  private static let workersMin = 4

  /// So many lines as fit.
  var lines: [TopLine] {
    let gap = height.map { $0 < Self.roomyHeight } ?? false ? [] : [TopLine()]
    let head = [header] + gap + stock + limits + gap + cycle + gap + jobs + gap
    guard let height else { return head + workers + gap + [TopLine("EVENTS")] + events.prefix(10) }
    // Events take what is left beside the workers; of many workers the last ones give way to the latest events.
    let room = max(0, height - head.count)
    let workers = workers
    let most = max(Self.workersMin, room / 2)
    let shownWorkers = workers.count > most ? workers.prefix(most) : workers[...]
    let shownEvents = events.prefix(max(0, room - shownWorkers.count - gap.count - 1))
    let last = shownEvents.isEmpty ? [] : gap + [TopLine("EVENTS")] + shownEvents
    return Array((head + shownWorkers + last).prefix(height))
  }

  private var header: TopLine {
    var line = TopLine("lead-queue top")
    line.add("  \(time.short(facts.now))  \(facts.store)  \(facts.crm ?? "no CRM yet")")
    return line
  }

  private func labelled(_ label: String) -> TopLine {
    TopLine(label + String(repeating: " ", count: max(1, Self.labelWidth - label.count)))
  }

  private func padded(_ number: Int, _ width: Int) -> String {
    let text = String(number)
    return String(repeating: " ", count: max(0, width - text.count)) + text
  }

  // MARK: Stock

  private var stock: [TopLine] {
    guard let reading = facts.reading, let stock = reading.stock else {
      return [TopLine("STOCK   not read yet")]
    }
    var title = labelled("STOCK")
    title.add("read \(ShownTime.span(facts.now - reading.beganAt)) ago; bar up to the target")
    let policy = facts.policy
    var lines = [title, level("total", stock.total, min: policy.minTotal, target: policy.targetTotal)]
    for leadClass in LeadClass.allCases
    where policy.minPerClass[leadClass] > 0 || stock.availablePerClass[leadClass] > 0 {
      let share = Double(policy.targetTotal) * policy.mix[leadClass]
      let target = max(policy.minPerClass[leadClass], Int(share.rounded()))
      lines.append(
        level(
          leadClass.rawValue, stock.availablePerClass[leadClass], min: policy.minPerClass[leadClass], target: target))
    }
    return lines
  }

  private func level(_ name: String, _ value: Int, min: Int, target: Int) -> TopLine {
    let colour: StandardStream.Colour = value < min ? .red : value < target ? .yellow : .green
    var line = labelled("  " + name)
    line.add(padded(value, 6) + " ", colour)
    let words = " min \(min), target \(target)" + (value < min ? "  LOW" : "")
    line.addBar(
      target > 0 ? Double(value) / Double(target) : 1, width: barWidth(beside: line.count + words.count), colour)
    line.add(words, value < min ? .red : nil)
    return line
  }

  /// What a line has left for its bar.
  private func barWidth(beside others: Int) -> Int { max(0, Swift.min(40, width - others)) }

  // MARK: Limits

  private var limits: [TopLine] {
    let limit = facts.policy.maxDailyUploads
    let used = facts.today.used
    var quota = labelled("TODAY")
    quota.add(padded(used, 6) + " ", used >= limit ? .yellow : nil)
    let words = " of \(limit)" + (facts.today.reserved > 0 ? ", \(facts.today.reserved) in flight" : "")
    quota.addBar(limit > 0 ? Double(used) / Double(limit) : 1, width: barWidth(beside: quota.count + words.count))
    quota.add(words)
    var cooldown = labelled("HOLD")
    if facts.cooldownLeft > .zero {
      cooldown.add("cooldown \(ShownTime.span(facts.cooldownLeft))", .yellow)
    } else {
      cooldown.add("no cooldown")
    }
    for pause in facts.pauses { cooldown.add("  \(pause.scope.rawValue) \(pause.name) paused", .yellow) }
    return [quota, cooldown]
  }

  // MARK: Cycle

  private var cycle: [TopLine] {
    guard let cycle = facts.cycle else { return [TopLine("CYCLE   none yet")] }
    var line = labelled("CYCLE")
    line.add("\(cycle.id) ")
    line.add(cycle.state.rawValue, cycle.state.colour)
    let end = cycle.finishedAt ?? facts.now
    line.add(", \(ShownTime.span(facts.now - cycle.startedAt)) ago, took \(ShownTime.span(end - cycle.startedAt))")
    guard let progress = facts.progress, cycle.state == .running else {
      return [line, TopLine("        " + (cycle.message ?? ""))]
    }
    var bar = labelled("")
    let words = " \(progress.done) of \(progress.selected) leads"
    bar.addBar(
      Double(progress.done) / Double(max(1, progress.selected)), width: barWidth(beside: bar.count + words.count),
      .green)
    bar.add(words)
    return [line, bar]
  }

  // MARK: Jobs and workers

  private var jobs: [TopLine] {
    let states: [JobState] = [.waiting, .available, .leased, .dead]
    let names = Set(facts.depths.map(\.queue)).sorted()
    // Numbers stand below each other whatever the queues are called; a long name gives way.
    let widest = names.reduce(Self.labelWidth - 2) { max($0, min($1.count, Self.queueWidthMax)) }
    func label(_ text: String) -> TopLine {
      TopLine(text + String(repeating: " ", count: max(0, widest + 2 - text.count)))
    }
    var title = label("QUEUE")
    for state in states { title.add(String(repeating: " ", count: max(1, 10 - state.rawValue.count)) + state.rawValue) }
    let rows = names.map { name in
      var line = label("  " + (name.count > widest ? name.prefix(widest - 1) + "…" : name))
      for state in states {
        let depth = facts.depths.first { $0.queue == name && $0.state == state }
        let count = String(depth?.count ?? 0) + (depth?.isAtLeast == true ? "+" : "")
        line.add(String(repeating: " ", count: max(1, 10 - count.count)) + count, depth == nil ? nil : state.colour)
      }
      return line
    }
    return [title] + (rows.isEmpty ? [TopLine("  no job is open or dead")] : rows)
  }

  private var workers: [TopLine] {
    let rows = facts.workers.map { worker in
      var line = TopLine("  \(worker.id.prefix(8)) ")
      let isAlive = worker.isAlive(at: facts.now)
      line.add(isAlive ? "alive" : "dead ", isAlive ? .green : .red)
      line.add(" \(worker.host):\(worker.pid)  ")
      let jobs = facts.running[worker.id] ?? []
      line.add(
        jobs.isEmpty
          ? "idle"
          : jobs.prefix(4).map { "\($0.kind) \($0.id)" }.joined(separator: ", ") + (jobs.count > 4 ? " …" : ""),
        jobs.isEmpty ? nil : .yellow)
      return line
    }
    return [TopLine("WORKERS")] + (rows.isEmpty ? [TopLine("  none is alive: start lead-worker", .red)] : rows)
  }

  private var events: [TopLine] {
    facts.events.map { event in
      TopLine("  \(time.short(event.at))  \(event.action.replacing("_", with: " "))  \(event.subject)  \(event.actor)")
    }
  }
}
