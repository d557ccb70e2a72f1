import Timekeeping

@testable import Operations

/// What a user writes: configuration, environment, addresses, moments.
extension Surface {
  static let configuration = Surface("configuration", rounds: 120, examples: SettingsCheck.files) { bytes in
    // What is no UTF-8 is refused before.
    let (configuration, problems) = ConfigurationDecoder.decode(String(decoding: bytes, as: UTF8.self), file: "c.json")
    if problems.isEmpty {
      for key in ConfigurationKey.all {
        try require(key.accepts(key.value(in: configuration)), "\(key.path) holds what it does not accept")
      }
      _ = configuration.policy
    }
    for problem in problems {
      try require(problem.line.map { $0 >= 1 } ?? true, "a problem without a line")
      try require(!problem.description.contains("\n"), "a problem of several lines")
      guard case .syntax(let reason) = problem.reason else { continue }
      try require(reason.unicodeScalars.count <= 1000, "an endless reason")
    }
    // A password in its place, or beside it, is not shown.
    try requireSilence(
      problems.filter { $0.key.hasSuffix("password") || $0.key == "store.location" }.map(\.description))
  }

  static let environment = Surface("environment", rounds: 200, examples: SettingsCheck.environments) { bytes in
    var variables: [String: String] = [:]
    for line in String(decoding: bytes, as: UTF8.self).split(separator: "\n") {
      let parts = line.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      // A file of the machine would be read.
      guard parts.count == 2, !parts[0].hasSuffix("_FILE") else { continue }
      variables[String(parts[0])] = String(parts[1])
    }
    for name in ["LEAD_CRM_PASSWORD", "LEAD_SMTP_PASSWORD", "LEAD_SLACK_WEBHOOK_URL"] {
      variables[name] = canary + (variables[name] ?? "")
    }
    let (environment, problems) = Environment.read(variables)
    var secrets = environment
    // Not secrets: shown as they are.
    (secrets.crmURL, secrets.crmUsername, secrets.smtpUsername, secrets.smtpFrom, secrets.logFile) = (
      nil, nil, nil, nil, nil
    )
    (secrets.store, secrets.warnings) = (nil, [])
    try requireSilence(["\(secrets)"] + problems.map(\.description))
    for problem in problems { try require(!problem.description.contains("\n"), "a problem of several lines") }
  }

  /// Connection strings: the input is a password, given in each of the ways that libpq knows.
  static let addresses = Surface("addresses", examples: SettingsCheck.passwords) { bytes in
    let password = String(decoding: bytes, as: UTF8.self)
    _ = (StoreLocation(password)?.description, DatabaseAddress.holdsPassword(password))
    guard password.contains(canary) else { return }
    for address in [
      "postgresql://user:\(password)@host:5432/crm", "postgres://user:\(password)@[::1]/crm?sslmode=require",
      "postgresql://host/crm?user=u&password=\(password.replacing("&", with: "%26"))",
    ] {
      try requireSilence([DatabaseAddress.redacted(Secret(address))])
      if let shown = StoreLocation(address)?.description { try requireSilence([shown]) }
      try require(DatabaseAddress.holdsPassword(address), "a password goes unnoticed")
    }
    let quoted = password.replacing("\\", with: "\\\\").replacing("'", with: "\\'")
    for address in [
      "host=h dbname=crm password='\(quoted)'", "password = '\(quoted)' host=h",
      "host=h\tpassword='\(quoted)'\ndbname=crm",
    ] {
      try requireSilence([DatabaseAddress.redacted(Secret(address))])
      try require(DatabaseAddress.holdsPassword(address), "a password goes unnoticed")
    }
  }

  static let moments = Surface(
    "moments",
    examples: [
      "2026-11-22T10:00:00.123-05:00", "2028-02-29 23:59Z", "0000-01-01T00:00:00+23:59", "9999-12-31t23:59:59z",
    ]
  ) { bytes in
    let text = String(decoding: bytes, as: UTF8.self)
    let forms: [TextForm] = [
      .plain, .urlPath, .baseURL, .time, .date, .timeZone, .storeLocation, .schemaName, .emailAddress,
    ]
    _ = forms.filter { $0.accepts(text) }
    _ = Configuration.TimeOfDay(text)
    guard let time = ISO8601.timestamp(of: text) else { return }
    let shown = ISO8601.text(of: time, offset: 0)
    // A year before 0 or after 9999, by an offset, is shown with a sign or five digits.
    guard shown.utf8.count == 24, shown.first != "-" else { return }
    try require(ISO8601.timestamp(of: shown) == time, "\(shown) is not the moment it was made from")
  }
}

private enum SettingsCheck {
  static let files = [
    #"""
    { // a comment
      "lead_inventory_thresholds": {"min_total_leads": 50, "target_total_leads": 150},
      "upload_controls": {"max_daily_uploads": 500, "min_time_between_uploads_minutes": 60.5},
      "business_rules": {"business_hours": {"start": "09:00", "end": "17:00", "timezone": "America/New_York"},
        "holidays": ["2026-12-25"]}, /* another */
      "crm": {"base_url": "http://127.0.0.1:8006", "password": "CANARY7Q"}
    }
    """#,
    #"{"store": {"location": "postgresql://u:CANARY7Q@h/d"}, "monitoring": {"alert_email": "CANARY7Q"}}"#,
    #"{"planning": {"priority_mix": {"A+": 0.2, "A": 0.5, "B": 0.3}}, "max_daily_uploads": 1e3, "min_total": "\u00e9"}"#,
    #"{"source_management": {"source_files": ["a.json", "a.json"], "mappings": {"x": {"y": [null, true, -1.5e-3]}}}}"#,
    "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[", "{\"a\":\"\\ud800\\udc00\"}", "-",
    "{\"\(String(repeating: "k", count: 300))\" 1}",
  ]

  static let environments = [
    "LEAD_STORE=postgresql://u:CANARY7Q@h:5432/d\nLEAD_CRM_URL=http://127.0.0.1:8006/\nLEAD_NOW=2026-11-22T10:00:00-05:00",
    "LEAD_STORE=data/x.db\nLEAD_LOG_LEVEL=INFO\nLEAD_LOG_FORMAT=json\nNO_COLOR=1\nLEAD_CRM_PASWORD=CANARY7Q",
    "LEAD_LOG_LEVEL=loud\nLEAD_NOW=yesterday\nLEAD_STORE=mysql://u:CANARY7Q@h\nLEAD_CRM_DATABASE_URL=host=h password=CANARY7Q",
  ]

  static let passwords = [
    "CANARY7Q", "a://CANARY7Q?b:c", "CANARY7Q?x", "CANARY7Q/x", "CANARY7Q#x", "a@CANARY7Q", "a:CANARY7Q",
    "CANARY7Q&host=h", "x' CANARY7Q",
    "1?CANARY7Q=2", "%41CANARY7Q%2F", "a b=CANARY7Q", "\\CANARY7Q'", "1/2?dbname=CANARY7Q",
  ]
}
