package import Alerts

/// What people want to hear of, where and when.
package struct AlertRules: Sendable, Equatable {
  /// What is watched; alerts of anything else end untold.
  package var events: Set<AlertEvent> = []
  /// Where messages go. None: alerts are kept in the store, and nobody is told.
  package var channels: [AlertChannel] = []
  /// When only severe alerts are told; what is held back is told at their end. Nil: never.
  package var quietHours: QuietHours?
  /// When the day's digest is made, minutes since midnight by the clock of the business; nil: none is.
  package var digestMinute: Int?
  /// Whether texts tell what the recorded demand predicts, which takes some hundred short queries each time.
  package var looksAhead = true

  package init() {}
}
