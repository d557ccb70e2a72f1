extension Advisor {
  /// What the keeping of records, the forecast and the alerts mean together.
  var watchAdvice: [Advice] {
    [shortRecords, extremeService, equalThresholds, nobodyToTell, noMailServer, noWebhook, nothingToTell, untoldDigest]
      .compactMap(\.self)
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

  private var isMailOn: Bool { configuration.monitoring.enableEmailAlerts }

  private var noMailServer: Advice? {
    guard isMailOn, !reachable.mail else { return nil }
    return advice(
      on: "monitoring.enable_email_alerts",
      "no mail goes out without LEAD_SMTP_URL, such as smtp://mail.example.org:587, in the environment of the workers",
      set: Advice.Setting("monitoring.enable_email_alerts", .boolean(false)))
  }

  private var noWebhook: Advice? {
    guard configuration.monitoring.isSlackEnabled, !reachable.slack else { return nil }
    return advice(
      on: "monitoring.slack.enabled",
      "nothing goes to Slack without LEAD_SLACK_WEBHOOK_URL in the environment of the workers",
      set: Advice.Setting("monitoring.slack.enabled", .boolean(false)))
  }

  private var nothingToTell: Advice? {
    let monitoring = configuration.monitoring
    guard isMailOn || monitoring.isSlackEnabled, monitoring.alertOn.isEmpty, monitoring.dailyDigest == nil else {
      return nil
    }
    return advice(
      on: "monitoring.alert_on", "alerts are switched on, but no event alerts",
      set: Advice.Setting("monitoring.alert_on", .list(Configuration().monitoring.alertOn.map(JSONValue.text))))
  }

  private var untoldDigest: Advice? {
    let monitoring = configuration.monitoring
    guard monitoring.dailyDigest != nil, !isMailOn, !monitoring.isSlackEnabled else { return nil }
    return advice(
      on: "monitoring.daily_digest", "a digest is asked for, but neither mail nor Slack is switched on",
      set: Advice.Setting("monitoring.daily_digest", .null))
  }
}
