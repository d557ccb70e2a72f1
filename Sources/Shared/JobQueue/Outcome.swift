public import Database
public import Timekeeping

/// How an attempt ended: the handler's word, settled by one exhaustive `switch`.
public enum Outcome: Sendable, Equatable {
  /// `result` is JSON kept with the job.
  case succeeded(result: String?)
  /// A failure; run again after `after`, or at the backoff's time if that is later. Dead at `max_failures`.
  case retry(after: Duration, because: String)
  /// Not a failure; run again at `until`, at most ten years ahead: a wait that moves along when the clock is set.
  case snooze(until: Timestamp, because: String)
  /// Not a failure: `destination` asked to be left alone, as by HTTP's Retry-After. Run again after `time`, or the backoff if
  /// that is longer, at most ten minutes; until then no job of any queue with this destination is leased, by any worker.
  case holdOff(destination: String, for: Duration, because: String)
  /// Dead at once, for a person to look at.
  case discard(because: String)
}

/// An outcome together with what must be written in the very transaction that settles the job: results and settle are
/// committed both or neither. If the lease was lost, nothing is written.
public struct Settlement: Sendable {
  /// How the attempt ended.
  public let outcome: Outcome
  /// What the settle survives once it is committed. Under `.process` a power failure may take it back: the job is run again.
  public let durability: Durability
  let effects: (@Sendable (Transaction) throws -> Void)?

  /// `effects` runs inside the settling transaction, before the job's own change.
  public init(
    _ outcome: Outcome, durability: Durability = .process, effects: (@Sendable (Transaction) throws -> Void)? = nil
  ) {
    self.outcome = outcome
    self.durability = durability
    self.effects = effects
  }
}
