import LeadStore
import Timekeeping

/// The daily limit and the cooldown in the words of the promise, without a store: which lead counts on which day, and since
/// when nothing may be planned.
struct QuotaModel {
  struct Position: Hashable {
    var batch: Int64
    var index: Int
  }

  struct Selected {
    var state: BatchLeadState
    var day: String
  }

  var leads: [Position: Selected] = [:]
  /// The last moment at which a request had created leads or may have: in real time, and in which boot.
  var lastUpload: (real: Timestamp, boot: Int)?
  /// When the last thing happened that may begin a cooldown: an upload, or a first look at clocks that were upset.
  var lastUpset: Timestamp?
  /// The machine was started again or its clock was set, and nobody has looked since.
  var areClocksUpset = false
  /// What the clocks showed when the cooldown began.
  private var begun: Moment?

  /// What the counters must say, days without anything left out.
  var counts: [DailyCount] {
    var counts: [String: DailyCount] = [:]
    for lead in leads.values {
      var count = counts[lead.day] ?? DailyCount(day: lead.day)
      switch lead.state {
      case .pending, .unresolved: count.reserved += 1
      case .created: count.created += 1
      case .duplicate: count.duplicates += 1
      case .rejected: count.rejected += 1
      case .released: break
      }
      counts[lead.day] = count
    }
    return counts.values.filter { $0 != DailyCount(day: $0.day) }.sorted { $0.day < $1.day }
  }

  func used(_ day: String) -> Int {
    leads.values.count { $0.day == day && [.pending, .unresolved, .created].contains($0.state) }
  }

  /// Rows that the CRM may have got on that day.
  func exposed(_ day: String) -> Int {
    leads.values.count { $0.day == day && [.unresolved, .created].contains($0.state) }
  }

  func positions(_ batch: Int64, _ state: BatchLeadState) -> [Int] {
    leads.filter { $0.key.batch == batch && $0.value.state == state }.map(\.key.index).sorted()
  }

  var openBatches: Set<Int64> {
    Set(leads.filter { [.pending, .unresolved].contains($0.value.state) }.map(\.key.batch))
  }

  mutating func set(_ batch: Int64, _ indexes: [Int], _ state: BatchLeadState, day: String? = nil) {
    for index in indexes {
      leads[Position(batch: batch, index: index)]?.state = state
      if let day { leads[Position(batch: batch, index: index)]?.day = day }
    }
  }

  mutating func mayHaveCreated(_ machine: Machine) {
    lastUpload = (machine.real, machine.boot)
    lastUpset = machine.real
    begun = machine.clock.moment()
  }

  /// A plan that finds the upload in the future of a clock without memory begins the cooldown anew.
  mutating func look(_ machine: Machine) {
    if areClocksUpset { lastUpset = machine.real }
    areClocksUpset = false
    let moment = machine.clock.moment()
    guard let begun, begun.bootID == nil || begun.bootID != moment.bootID, moment.wall < begun.wall else { return }
    lastUpset = machine.real
    self.begun = moment
  }
}
