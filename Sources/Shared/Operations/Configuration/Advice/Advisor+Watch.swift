extension Advisor {
  /// What the keeping of records, the forecast and the alerts mean together.
  var watchAdvice: [Advice] {
    [shortRecords, extremeService, equalThresholds, nobodyToTell].compactMap(\.self)
  }

  private var shortRecords: Advice? {
    let kept = configuration.sourceManagement.cleanupOldTracking
    let window = configuration.planning.performanceWindowDays
    guard kept < .seconds(86_400 * window) else { return nil }
    let key = "source_management.cleanup_old_tracking"
    return advice(
      on: key,
      "details of uploads are gone before the \(window) days end over which conversion is judged, so that its reasons "
        + "cannot be looked up",
      set: Advice.Setting(key, .integer(window)))
  }

  private var extremeService: Advice? {
    let level = configuration.planning.serviceLevel
    guard configuration.planning.isForecasting, level > 0.99 || level < 0.7 else { return nil }
    let key = "planning.service_level"
    return advice(
      on: key,
      level > 0.99
        ? "stock is kept for the rarest demand: far more leads lie in the CRM than are worked on"
        : "stock runs short in more than three of ten waits for an upload",
      set: Advice.Setting(key, .number(Configuration().planning.serviceLevel)))
  }

  private var equalThresholds: Advice? {
    let thresholds = configuration.performanceThresholds
    guard thresholds.highConversionThreshold == thresholds.lowConversionThreshold else { return nil }
    let key = "performance_thresholds.high_conversion_threshold"
    let usual = Configuration().performanceThresholds.highConversionThreshold
    return advice(
      on: key,
      "nothing lies between high and low, so that who converts about so well goes from one to the other and back",
      set: thresholds.lowConversionThreshold < usual ? Advice.Setting(key, .number(usual)) : nil)
  }

  private var nobodyToTell: Advice? {
    guard configuration.monitoring.enableEmailAlerts, configuration.monitoring.alertEmail == nil else { return nil }
    return advice(
      on: "monitoring.alert_email", "alerts are switched on, but nobody gets them",
      set: Advice.Setting("monitoring.enable_email_alerts", .boolean(false)))
  }
}
