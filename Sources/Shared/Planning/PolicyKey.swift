/// The configuration keys that plans name.
enum PolicyKey {
  static let targetTotal = "lead_inventory_thresholds.target_total_leads"
  static let minPerClass = "lead_inventory_thresholds.min_priority_leads"
  static let maxUploadPerRun = "upload_controls.max_upload_per_run"
  static let maxDailyUploads = "upload_controls.max_daily_uploads"
  static let minUploadBatch = "upload_controls.min_upload_batch"
  static let maxPoolLeadsPerAgent = "business_rules.max_pool_leads_per_agent"
  static let mix = "planning.priority_mix"
  static let prioritizeHighPerformers = "business_rules.prioritize_high_performers"
  static let sourceFiles = "source_management.source_files"
}
