import Foundation

/// Writes configurations for the tests.
extension Site {
  /// Quick to notice failures; everything else at its default.
  private static let quick: [String: String] = [
    "crm.request_timeout_seconds": "3", "crm.read_back_grace_seconds": "1", "worker.lease_seconds": "6",
    "worker.backoff_initial_seconds": "0.3", "worker.backoff_max_seconds": "1",
  ]

  /// Writes `config/test.json`: keys in dots with their values as JSON.
  func configure(_ keys: [String: String]) throws {
    try write(Self.document(Self.quick.merging(keys) { $1 }), to: Self.configuration)
  }

  /// The shipped demo configuration, word for word, and its source file as `source`.
  func configureDemo(source: String) throws {
    let shipped = Programs.package.appendingPathComponent("config/demo_automation_config.json")
    try FileManager.default.copyItem(atPath: shipped.path, toPath: folder + "/" + Self.configuration)
    try write(source, to: "config/sample_leads.json")
  }

  /// A CRM that is short of `need` leads and nothing else in the way: no cooldown, no smallest batch, no bound per agent.
  func configure(
    need: Int, batchSize: Int, sources: [String] = ["config/leads.json"], _ keys: [String: String] = [:]
  ) throws {
    let files = sources.map { "\"\($0)\"" }.joined(separator: ", ")
    try configure(
      [
        "lead_inventory_thresholds.min_total_leads": "\(need)",
        "lead_inventory_thresholds.target_total_leads": "\(need)",
        "lead_inventory_thresholds.min_priority_leads.A+": "0", "lead_inventory_thresholds.min_priority_leads.A": "0",
        "lead_inventory_thresholds.min_priority_leads.B": "0", "upload_controls.max_upload_per_run": "\(need)",
        "upload_controls.max_daily_uploads": "10000", "upload_controls.min_time_between_uploads_hours": "0",
        "upload_controls.min_upload_batch": "1", "business_rules.avoid_overloading_agents": "false",
        "source_management.source_files": "[\(files)]", "crm.batch_size": "\(batchSize)",
      ].merging(keys) { $1 })
  }

  /// Nested objects out of dotted keys.
  static func document(_ keys: [String: String]) -> String {
    var groups: [String: [String: String]] = [:]
    var members: [String] = []
    for (key, value) in keys {
      let parts = key.split(separator: ".", maxSplits: 1).map(String.init)
      if parts.count == 2 {
        groups[parts[0], default: [:]][parts[1]] = value
      } else {
        members.append("\"\(key)\": \(value)")
      }
    }
    for (name, group) in groups { members.append("\"\(name)\": \(document(group))") }
    return "{" + members.sorted().joined(separator: ", ") + "}"
  }
}
