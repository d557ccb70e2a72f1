import Database

/// What happens to a CRM's data behind everybody's back.
extension DemoCRM {
  func delete(practiceName: String) throws {
    try query { _ = try $0.run("DELETE FROM leads WHERE practice_name = $1", [.text(practiceName)]) }
  }

  /// A second row of the same lead, without its npi, as a redeploy or a careless hand leaves it.
  func duplicate(practiceName: String) throws {
    try query { connection in
      _ = try connection.run(
        """
        INSERT INTO leads (practice_name, owner_name, practice_phone, zip_code, priority, score, status, source,
          providers, times_recycled, scoring_breakdown, created_at)
        SELECT practice_name, owner_name, practice_phone, zip_code, priority, score, status, source, providers,
          times_recycled, scoring_breakdown, created_at FROM leads WHERE practice_name = $1
        """, [.text(practiceName)])
    }
  }

  /// Deletes all leads but the oldest ones.
  func keepOnly(_ count: Int) throws {
    try query { connection in
      _ = try connection.run("DELETE FROM leads WHERE id NOT IN (SELECT id FROM leads ORDER BY id LIMIT \(count))", [])
    }
  }
}
