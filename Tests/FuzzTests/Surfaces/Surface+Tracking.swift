@testable import lead_queue

extension Surface {
  /// Tracking files of the replaced script.
  static let tracking = Surface(
    "tracking",
    examples: [
      #"{"uploaded_npis": ["1234567893", 1245319599.0, "CANARY7Q", null, {"npi": "1003000126", "x": "CANARY7Q"}],"#
        + #" "daily_upload_count": 3, "last_upload_date": "2026-03-01", "last_upload_time": 1772400000.5}"#,
      #"{"tracking": {"1234567893": {"uploaded_at": "CANARY7Q"}}, "daily_uploads": {"2026-03-01": ["1234567893"],"#
        + #" "CANARY7Q": 1e300, "2026-03-02": {"count": "7"}}, "last_upload": "2026-03-01T10:00:00"}"#,
      #"["1234567893", "npi:1245319599", "hash:\#(String(repeating: "0a", count: 32))"]"#,
      #"{"uploaded_leads": {"2025-01-01": ["1234567893"], "CANARY7Q": {"key": "CANARY7Q"}}, "leads": 45}"#,
      "{\"uploaded_npis\": [\"12345678", "\u{FEFF}[[[[[[[[[[[[[[[[NaN, -Infinity]", "CANARY7Q",
    ]
  ) { bytes in
    let content = TrackingContent(bytes, time: ShownTime(zoneName: "America/New_York"))
    try require(Set(content.keys).count == content.keys.count, "a lead twice")
    try require(content.repeated >= 0 && content.days.values.allSatisfy { $0 >= 0 }, "less than nothing")
    try requireSilence(content.unusable.flatMap { [$0.reason.description, $0.list] } + [content.damage?.reason ?? ""])
    try requireSilence(Array(content.days.keys))
    try require(content.damage == nil || (content.damage?.line ?? 0) >= 1, "a break without a line")
    // What stands whole before a break has been found by then: longer files lose nothing of it.
    if content.damage != nil, bytes.count > 1 {
      let shorter = TrackingContent(Array(bytes.dropLast()), time: ShownTime(zoneName: "America/New_York"))
      try require(content.keys.starts(with: shorter.keys), "a longer file holds less")
    }
  }
}
