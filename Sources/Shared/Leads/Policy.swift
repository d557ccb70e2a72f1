/// What the user wants kept: minimums, targets, mix, caps, budgets, cooldown. Validated by the configuration; every value
/// here may be relied on (counts ≥ 0, mix sums to 1, minimum ≤ target).
public struct Policy: Sendable, Equatable, Codable {
  /// `min_total_leads`, leads.
  public var minTotal = 50
  /// `target_total_leads`, leads.
  public var targetTotal = 150
  /// `min_priority_leads`, leads.
  public var minPerClass = PerClass(aPlus: 10, a: 30, b: 20)
  /// `max_upload_per_run`, leads.
  public var maxUploadPerRun = 100
  /// `max_daily_uploads`, leads per day of the configured zone.
  public var maxDailyUploads = 500
  /// `min_time_between_uploads_hours`, in milliseconds.
  public var cooldownMilliseconds: Int64 = 3_600_000
  /// `min_upload_batch`, leads.
  public var minUploadBatch = 25
  /// `priority_mix`, shares that sum to 1.
  public var mix = PerClass(aPlus: 0.2, a: 0.5, b: 0.3)
  /// `performance_window_days`.
  public var performanceWindowDays = 30
  /// `prioritize_high_performers`: conversion moves the mix.
  public var prioritizeHighPerformers = true
  /// `avoid_overloading_agents`: the pool bound below holds.
  public var avoidOverloadingAgents = true
  /// `max_pool_leads_per_agent`, leads.
  public var maxPoolLeadsPerAgent = 100
  /// What moves the mix and the choice of leads beyond the mix itself.
  public var steering = Steering()
  /// `planning.forecast`: plan by the predicted demand too; nil: by the minimums alone.
  public var forecasting: Forecasting?

  public init() {}

  /// How predicted demand raises the levels at which leads are ordered.
  public struct Forecasting: Sendable, Equatable, Codable {
    /// `planning.service_level`: how surely stock is to stay above the minimum, a probability below 1.
    public var serviceLevel = 0.95
    /// `planning.cover_days`: business days for which an upload adds leads.
    public var coverDays = 5.0
    /// `monitoring.check_interval_minutes`, in milliseconds.
    public var checkIntervalMilliseconds: Int64 = 1_800_000

    public init() {}
  }
}
