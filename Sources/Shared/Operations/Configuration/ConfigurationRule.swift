import Leads

/// A combination of values that can never work although each of them is allowed.
struct ConfigurationRule: Sendable {
  /// The key a violation is reported at when none of the keys involved was written; the last written one is preferred.
  let keys: [String]
  let isViolated: @Sendable (Configuration) -> Bool
  let reason: String

  /// The key to name and the reason, with the value of each key involved; nil when the rule holds. `written` gives the
  /// line of a key that stands in the file: the others are named as defaults.
  func violation(in configuration: Configuration, written: (String) -> Int?) -> (key: String, reason: String)? {
    guard isViolated(configuration) else { return nil }
    let named = keys.map { path in
      let value = ConfigurationKey.all.first { $0.path == path }?.value(in: configuration).compactText ?? "?"
      let place = written(path).map { "line \($0)" } ?? "default"
      return "\(path) is \(value) (\(place))"
    }
    let key = keys.filter { written($0) != nil }.max { (written($0) ?? 0) < (written($1) ?? 0) } ?? keys[0]
    return (key, reason + ": " + named.joined(separator: ", "))
  }

  static let all: [ConfigurationRule] = general + steering

  private static let general: [ConfigurationRule] = [
    ConfigurationRule(
      keys: ["lead_inventory_thresholds.min_total_leads", "lead_inventory_thresholds.target_total_leads"],
      isViolated: { $0.leadThresholds.minTotalLeads > $0.leadThresholds.targetTotalLeads },
      reason: "the minimum is above the target, so an upload could never end the need for one"),
    ConfigurationRule(
      keys: LeadClass.allCases.map { "lead_inventory_thresholds.min_priority_leads.\($0.rawValue)" } + [
        "lead_inventory_thresholds.target_total_leads"
      ],
      isViolated: { $0.leadThresholds.minPriorityLeads.sum > $0.leadThresholds.targetTotalLeads },
      reason: "the minimums of the classes add up to more than the target"),
    ConfigurationRule(
      keys: ["upload_controls.min_upload_batch", "upload_controls.max_upload_per_run"],
      isViolated: { $0.uploadControls.minUploadBatch > $0.uploadControls.maxUploadPerRun },
      reason: "the smallest upload is larger than the largest"),
    ConfigurationRule(
      keys: [
        "performance_thresholds.low_conversion_threshold", "performance_thresholds.high_conversion_threshold",
      ],
      isViolated: {
        $0.performanceThresholds.lowConversionThreshold > $0.performanceThresholds.highConversionThreshold
      },
      reason: "the low threshold is above the high one"),
    ConfigurationRule(
      keys: LeadClass.allCases.map { "planning.priority_mix.\($0.rawValue)" },
      isViolated: { abs($0.planning.priorityMix.sum - 1) > 0.001 + 1e-9 },
      reason: "the shares of the mix must sum to 1"),
    ConfigurationRule(
      keys: ["business_rules.business_hours.start", "business_rules.business_hours.end"],
      isViolated: { $0.businessRules.businessHoursStart >= $0.businessRules.businessHoursEnd },
      reason: "business closes before it opens"),
    ConfigurationRule(
      keys: ["business_rules.business_hours.days", "business_rules.respect_business_hours"],
      isViolated: { $0.businessRules.respectBusinessHours && $0.businessRules.businessDays.isEmpty },
      reason: "no day of the week is a business day, so that nothing could ever be uploaded"),
    ConfigurationRule(
      keys: ["monitoring.quiet_hours.start", "monitoring.quiet_hours.end"],
      isViolated: { ($0.monitoring.quietHoursStart == nil) != ($0.monitoring.quietHoursEnd == nil) },
      reason: "quiet hours need a start and an end"),
    ConfigurationRule(
      keys: ["monitoring.quiet_hours.start", "monitoring.quiet_hours.end"],
      isViolated: {
        $0.monitoring.quietHoursStart != nil && $0.monitoring.quietHoursStart == $0.monitoring.quietHoursEnd
      },
      reason: "quiet hours end when they begin"),
    ConfigurationRule(
      keys: ["worker.backoff_initial_seconds", "worker.backoff_max_seconds"],
      isViolated: { $0.worker.backoffInitial > $0.worker.backoffMax },
      reason: "the first wait is longer than the longest"),
    ConfigurationRule(
      keys: ["worker.lease_seconds", "crm.request_timeout_seconds"],
      isViolated: { $0.worker.lease < $0.crm.requestTimeout * 1.5 },
      reason:
        "the lease must be at least 1.5 times the request time-out, or a worker could lose it "
        + "while it waits for the CRM"
    ),
  ]
}
