import CoreMetrics
import Timekeeping

/// What a pool measures of its jobs, by kind: those that are leased, those at work, how long attempts take, and how they end.
/// Made with the pool, once for each kind that it serves, so that measuring is a look into a small table.
struct PoolMeters: Sendable {
  /// What became of an attempt.
  enum End: String, CaseIterable {
    case succeeded
    /// Failed, and runs again.
    case retried
    case snoozed
    /// The destination asks for silence.
    case heldOff = "held_off"
    /// Failed for good: by the handler's word or out of failures.
    case dead
    case cancelled
    /// Unfinished, by a pool that drains or was asked to stop the job.
    case handedBack = "handed_back"
    /// Somebody else has the job: nothing was written.
    case leaseLost = "lease_lost"

    /// `state`: of the job, once the outcome is written; nil where the lease was lost.
    init(_ outcome: Outcome, _ state: JobState?) {
      self =
        switch (state, outcome) {
        case (nil, _): .leaseLost
        case (.dead, _): .dead
        case (.cancelled, _): .cancelled
        case (_, .succeeded): .succeeded
        case (_, .retry): .retried
        case (_, .snooze): .snoozed
        case (_, .holdOff): .heldOff
        case (_, .discard): .dead
        }
    }
  }

  private struct OfKind {
    let leased: Counter
    let running: Meter
    let time: Timer
    /// By the position of `End`.
    let ends: [End: Counter]

    init(_ kind: String, _ factory: any MetricsFactory) {
      let labels = [("kind", kind)]
      leased = Counter(label: "lead_queue_jobs_leased_total", dimensions: labels, factory: factory)
      running = Meter(label: "lead_queue_jobs_running", dimensions: labels, factory: factory)
      time = Timer(label: "lead_queue_attempt_seconds", dimensions: labels, factory: factory)
      ends = Dictionary(
        uniqueKeysWithValues: End.allCases.map { end in
          let labels = labels + [("outcome", end.rawValue)]
          return (end, Counter(label: "lead_queue_jobs_settled_total", dimensions: labels, factory: factory))
        })
    }
  }

  private let kinds: [String: OfKind]

  /// Nil when nobody measures: then the pool does not even look at the clock.
  init?(kinds: [ServedKind]) {
    let factory = MetricsSystem.factory
    if factory is NOOPMetricsHandler { return nil }
    self.kinds = Dictionary(uniqueKeysWithValues: kinds.map { ($0.name, OfKind($0.name, factory)) })
  }

  func leased(_ kind: String) {
    kinds[kind]?.leased.increment()
  }

  func began(_ kind: String) {
    kinds[kind]?.running.increment()
  }

  /// The handler has come to its end after `time`, and what it wants written with the settle is.
  func finished(_ kind: String, after time: Duration) {
    kinds[kind]?.running.decrement()
    kinds[kind]?.time.recordSeconds(time.inSeconds)
  }

  func ended(_ kind: String, _ end: End) {
    kinds[kind]?.ends[end]?.increment()
  }
}
