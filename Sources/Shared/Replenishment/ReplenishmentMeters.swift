import Alerts
package import CoreMetrics
import JobQueue
import LeadStore
import Timekeeping

/// What cycles and their jobs measure. No label holds anything of a lead, a file, an address or a person.
package struct ReplenishmentMeters: Sendable {
  /// Measures nothing.
  package static let none = ReplenishmentMeters(NOOPMetricsHandler.instance)

  /// What became of a message on its way to a channel.
  enum Delivery: String, CaseIterable {
    case sent, refused, busy, unreachable
    case notConfigured = "not_configured"
  }

  private let cycles: [CycleDecision: Counter]
  private let cycleTime: Timer
  private let leads: [BatchLeadState: Counter]
  private let unanswered: Counter
  private let messages: [AlertChannel: [Delivery: Counter]]
  private let sources: [SourceState: Counter]
  private let records: [String: Counter]

  /// Measures by `factory`.
  package init(_ factory: any MetricsFactory = MetricsSystem.factory) {
    func counter(_ label: String, _ dimensions: [(String, String)] = []) -> Counter {
      Counter(label: label, dimensions: dimensions, factory: factory)
    }
    func counters<Key: RawRepresentable<String> & Hashable>(_ label: String, _ name: String, _ keys: [Key]) -> [Key:
      Counter]
    {
      Dictionary(uniqueKeysWithValues: keys.map { ($0, counter(label, [(name, $0.rawValue)])) })
    }
    cycles = counters("lead_queue_cycles_total", "decision", CycleDecision.allCases)
    cycleTime = Timer(label: "lead_queue_cycle_seconds", factory: factory)
    leads = counters("lead_queue_leads_total", "result", Self.results)
    unanswered = counter("lead_queue_leads_unanswered_total")
    messages = Dictionary(
      uniqueKeysWithValues: AlertChannel.allCases.map { channel in
        let ends = Delivery.allCases.map { end in
          (end, counter("lead_queue_messages_total", [("channel", channel.rawValue), ("result", end.rawValue)]))
        }
        return (channel, Dictionary(uniqueKeysWithValues: ends))
      })
    sources = counters("lead_queue_sources_read_total", "result", Self.readings)
    records = Dictionary(
      uniqueKeysWithValues: Self.recordResults.map {
        ($0, counter("lead_queue_source_records_total", [("result", $0)]))
      })
  }

  private static let results: [BatchLeadState] = [.created, .duplicate, .rejected, .released]
  private static let readings: [SourceState] = [.read, .missing, .unreadable]
  private static let recordResults = ["usable", "repeated", "rejected"]

  func cycle(_ decision: CycleDecision, took time: Duration) {
    cycles[decision]?.increment()
    cycleTime.recordSeconds(time.inSeconds)
  }

  /// Leads of a batch have their final result, as the store has it.
  func settled(_ count: DailyCount = DailyCount(day: ""), released: Int = 0) {
    for (state, number) in [
      (BatchLeadState.created, count.created), (.duplicate, count.duplicates), (.rejected, count.rejected),
      (.released, released),
    ] where number > 0 {
      leads[state]?.increment(by: number)
    }
  }

  /// A request with so many leads got no clear answer.
  func unanswered(_ count: Int) {
    unanswered.increment(by: count)
  }

  func message(_ channel: AlertChannel, _ end: Delivery) {
    messages[channel]?[end]?.increment()
  }

  func message(_ channel: AlertChannel, _ failure: CourierFailure) {
    switch failure {
    case .refused: message(channel, .refused)
    case .busy: message(channel, .busy)
    case .unreachable: message(channel, .unreachable)
    case .notConfigured: message(channel, .notConfigured)
    }
  }

  func source(_ state: SourceState, _ counts: SourceRow.Counts? = nil) {
    sources[state]?.increment()
    guard let counts else { return }
    for (result, number) in zip(Self.recordResults, [counts.usable, counts.repeated, counts.rejected]) {
      records[result]?.increment(by: number)
    }
  }
}

/// How a cycle ended, in a word: the label `decision` of its counter.
package enum CycleDecision: String, Sendable, CaseIterable {
  case sufficient, blocked, held, uploaded, unresolved, postponed, refused
  case sourcesBroken = "sources_broken"
  case crmFailed = "crm_failed"
  case workFailed = "work_failed"
  /// The store failed, or the scheduler was stopped.
  case abandoned

  init(_ ending: CycleReport.Ending) {
    self =
      switch ending {
      case .sufficient: .sufficient
      case .blocked: .blocked
      case .sourcesBroken: .sourcesBroken
      case .held: .held
      case .uploaded: .uploaded
      case .unresolved: .unresolved
      case .postponed: .postponed
      case .refused: .refused
      case .failed(.crm): .crmFailed
      case .failed(.work): .workFailed
      }
  }
}
