extension Advisor {
  private static let daily = "upload_controls.max_daily_uploads"
  private static let perRun = "upload_controls.max_upload_per_run"
  private static let smallest = "upload_controls.min_upload_batch"
  private static let cooldown = "upload_controls.min_time_between_uploads_hours"

  /// What the limits of uploads mean together.
  var limitAdvice: [Advice] {
    [nothingADay, smallestAboveDay, runAboveDay, slowRefill, noCooldown, longCooldown].compactMap(\.self)
  }

  private var nothingADay: Advice? {
    guard configuration.uploadControls.maxDailyUploads == 0 else { return nil }
    return advice(
      on: Self.daily, "no lead is ever uploaded",
      set: Advice.Setting(Self.daily, .integer(Configuration().uploadControls.maxDailyUploads)))
  }

  private var smallestAboveDay: Advice? {
    let controls = configuration.uploadControls
    guard controls.maxDailyUploads > 0, controls.minUploadBatch > controls.maxDailyUploads else { return nil }
    return advice(
      on: Self.smallest,
      "a day allows only \(controls.maxDailyUploads), so that every upload is held unless a class is short",
      set: Advice.Setting(Self.smallest, .integer(controls.maxDailyUploads)))
  }

  private var runAboveDay: Advice? {
    let controls = configuration.uploadControls
    guard controls.maxDailyUploads >= controls.minUploadBatch, controls.maxUploadPerRun > controls.maxDailyUploads
    else {
      return nil
    }
    return advice(
      on: Self.perRun, "the first run may use up the day's limit of \(controls.maxDailyUploads), and is never larger",
      set: Advice.Setting(Self.perRun, .integer(controls.maxDailyUploads)))
  }

  private var slowRefill: Advice? {
    let (controls, thresholds) = (configuration.uploadControls, configuration.leadThresholds)
    let gap = thresholds.targetTotalLeads - thresholds.minTotalLeads
    guard controls.maxDailyUploads > 0, gap > controls.maxDailyUploads else { return nil }
    let days = (gap + controls.maxDailyUploads - 1) / controls.maxDailyUploads
    return advice(
      on: Self.daily, "filling the stock from its minimum to its target takes \(days) days",
      set: Advice.Setting(Self.daily, .integer(gap)))
  }

  private var noCooldown: Advice? {
    guard configuration.uploadControls.minTimeBetweenUploads == .zero else { return nil }
    return advice(
      on: Self.cooldown,
      "each check may upload again at once: a wrong reading is followed by others before anybody looks",
      set: Advice.Setting(Self.cooldown, .integer(1)))
  }

  private var longCooldown: Advice? {
    let wait = configuration.uploadControls.minTimeBetweenUploads
    let rules = configuration.businessRules
    if wait >= .seconds(86_400) {
      return advice(
        on: Self.cooldown, "there is less than one upload a day, however low the stock",
        set: Advice.Setting(Self.cooldown, .integer(1)))
    }
    guard rules.respectBusinessHours, wait >= businessDay else { return nil }
    return advice(
      on: Self.cooldown,
      "business is open for \(Self.hours(businessDay)) a day, so that there is one upload a day, however low the stock",
      set: Advice.Setting(Self.cooldown, .integer(1)))
  }

  /// How long business is open on a usual day.
  var businessDay: Duration {
    let rules = configuration.businessRules
    return .seconds(60 * (rules.businessHoursEnd.minutes - rules.businessHoursStart.minutes))
  }
}
