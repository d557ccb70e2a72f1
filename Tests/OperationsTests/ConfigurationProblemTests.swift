import Testing

@testable import Operations

/// Each wrong file with the exact lines a user sees.
struct ConfigurationProblemTests {
  private func problems(_ text: String) -> [String] {
    ConfigurationDecoder.decode(text, file: "c.json").problems.map(\.description)
  }

  @Test(
    "one wrong value is named with file, line, key, what was expected and what was found",
    arguments: [
      (
        #"{ "crm": { "batch_size": 5000 } }"#,
        "c.json:1: crm.batch_size: expected a whole number from 1 to 1000 (leads per request), found 5000"
      ),
      (
        #"{ "crm": { "batch_size": "ten" } }"#,
        "c.json:1: crm.batch_size: expected a whole number from 1 to 1000 (leads per request), found text"
      ),
      (
        #"{ "crm": { "batch_size": 2.5 } }"#,
        "c.json:1: crm.batch_size: expected a whole number from 1 to 1000 (leads per request), found 2.5"
      ),
      (
        #"{ "crm": { "requests_per_minute": 101 } }"#,
        "c.json:1: crm.requests_per_minute: expected a whole number from 1 to 100 (requests per minute), found 101"
      ),
      (
        #"{ "lead_inventory_thresholds": { "min_total_leads": -1 } }"#,
        "c.json:1: lead_inventory_thresholds.min_total_leads: expected a whole number from 0 to 10000000 (leads), found -1"
      ),
      (
        #"{ "min_total_leads": true }"#,
        "c.json:1: min_total_leads: expected a whole number from 0 to 10000000 (leads), found true"
      ),
      (
        #"{ "upload_controls": { "min_time_between_uploads_hours": null } }"#,
        "c.json:1: upload_controls.min_time_between_uploads_hours: expected a number from 0 to 720 (hours), found null"
      ),
      (
        #"{ "monitoring": { "check_interval_minutes": 0 } }"#,
        "c.json:1: monitoring.check_interval_minutes: expected a number from 0.001 to 10080 (minutes), found 0"
      ),
      (
        #"{ "business_rules": { "avoid_overloading_agents": 1 } }"#,
        "c.json:1: business_rules.avoid_overloading_agents: expected true or false, found 1"
      ),
      (
        #"{ "business_rules": { "business_hours": { "timezone": "America/New_Yrok" } } }"#,
        "c.json:1: business_rules.business_hours.timezone: expected a time zone by its IANA name, such as "
          + "\"America/New_York\", found \"America/New_Yrok\"; the nearest is \"America/New_York\""
      ),
      (
        #"{ "business_rules": { "business_hours": { "timezone": "GMT+5" } } }"#,
        "c.json:1: business_rules.business_hours.timezone: expected a time zone by its IANA name, such as "
          + "\"America/New_York\", found \"GMT+5\"; the nearest is \"GMT\""
      ),
      (
        #"{ "business_rules": { "business_hours": { "start": "9:00" } } }"#,
        "c.json:1: business_rules.business_hours.start: expected a time of day as \"HH:MM\", found \"9:00\""
      ),
      (
        #"{ "business_rules": { "business_hours": { "end": "24:00" } } }"#,
        "c.json:1: business_rules.business_hours.end: expected a time of day as \"HH:MM\", found \"24:00\""
      ),
      (
        #"{ "business_rules": { "holidays": ["2026-12-25", "2026-02-29"] } }"#,
        "c.json:1: business_rules.holidays: expected a list of distinct texts, each a date as \"YYYY-MM-DD\", "
          + "found \"2026-02-29\" at position 2"
      ),
      (
        #"{ "source_management": { "source_files": "a.json" } }"#,
        "c.json:1: source_management.source_files: expected a list of distinct texts, each a text that is not empty, "
          + "found text"
      ),
      (
        #"{ "source_management": { "source_files": ["a.json", "a.json"] } }"#,
        "c.json:1: source_management.source_files: expected a list of distinct texts, each a text that is not empty, "
          + "found the same text twice"
      ),
      (
        #"{ "crm": { "metrics": "postgre" } }"#,
        "c.json:1: crm.metrics: expected one of \"auto\", \"postgres\", \"api\", found \"postgre\"; "
          + "the nearest is \"postgres\""
      ),
      (
        #"{ "crm": { "base_url": "http://admin:hunter2@crm:8006" } }"#,
        "c.json:1: crm.base_url: expected a URL such as http://127.0.0.1:8006, without user, password and query, "
          + "or null, found another text"
      ),
      (#"{ "crm": [] }"#, "c.json:1: crm: expected an object, found a list"),
      (#"[]"#, "c.json:1: expected an object, found a list"),
    ])
  func wrongValue(text: String, message: String) {
    #expect(problems(text) == [message])
  }

  @Test(
    "an unknown key is refused and the nearest known one named",
    arguments: [
      (#"{ "crm": { "batchsize": 1 } }"#, "crm.batchsize", "crm.batch_size"),
      (#"{ "crm": { "bacth_size": 1 } }"#, "crm.bacth_size", "crm.batch_size"),
      (#"{ "min_total_lead": 1 }"#, "min_total_lead", "lead_inventory_thresholds.min_total_leads"),
      (#"{ "lead_inventory_treshold": {} }"#, "lead_inventory_treshold", "lead_inventory_thresholds"),
      (#"{ "monitoring": { "batch_size": 1 } }"#, "monitoring.batch_size", "crm.batch_size"),
      (#"{ "monitorring": {} }"#, "monitorring", "monitoring"),
      (
        #"{ "lead_inventory_thresholds": { "min_priority_leads": { "C": 1 } } }"#,
        "lead_inventory_thresholds.min_priority_leads.C",
        "lead_inventory_thresholds.min_priority_leads.A"
      ),
      (
        #"{ "lead_inventory_thresholds": { "min_priority_leads": { "A +": 1 } } }"#,
        "lead_inventory_thresholds.min_priority_leads.A +",
        "lead_inventory_thresholds.min_priority_leads.A+"
      ),
      (#"{ "planning": { "priority_mix": { "B+": 1 } } }"#, "planning.priority_mix.B+", "planning.priority_mix.A+"),
      (#"{ "business_rules": { "slack": {} } }"#, "business_rules.slack", "monitoring.slack"),
    ])
  func unknownKey(text: String, key: String, nearest: String) {
    #expect(problems(text) == ["c.json:1: \(key): unknown key; the nearest known key is \(nearest)"])
  }

  @Test(
    "combinations that can never work are refused with the reason",
    arguments: [
      (
        #"{ "min_total_leads": 200 }"#,
        "min_total_leads: the minimum is above the target, so an upload could never end the need for one: "
          + "lead_inventory_thresholds.min_total_leads is 200 (line 1), lead_inventory_thresholds.target_total_leads is 150 (default)"
      ),
      (
        #"{ "lead_inventory_thresholds": { "min_priority_leads": { "A": 121 } } }"#,
        "lead_inventory_thresholds.min_priority_leads.A: the minimums of the classes add up to more than the target: "
          + "lead_inventory_thresholds.min_priority_leads.A+ is 10 (default), lead_inventory_thresholds.min_priority_leads.A is 121 (line 1), "
          + "lead_inventory_thresholds.min_priority_leads.B is 20 (default), lead_inventory_thresholds.target_total_leads is 150 (default)"
      ),
      (
        #"{ "upload_controls": { "max_upload_per_run": 24 } }"#,
        "upload_controls.max_upload_per_run: the smallest upload is larger than the largest: "
          + "upload_controls.min_upload_batch is 25 (default), upload_controls.max_upload_per_run is 24 (line 1)"
      ),
      (
        #"{ "performance_thresholds": { "low_conversion_threshold": 0.2 } }"#,
        "performance_thresholds.low_conversion_threshold: the low threshold is above the high one: "
          + "performance_thresholds.low_conversion_threshold is 0.2 (line 1), "
          + "performance_thresholds.high_conversion_threshold is 0.15 (default)"
      ),
      (
        #"{ "planning": { "priority_mix": { "A+": 0.3 } } }"#,
        "planning.priority_mix.A+: the shares of the mix must sum to 1: planning.priority_mix.A+ is 0.3 (line 1), "
          + "planning.priority_mix.A is 0.5 (default), planning.priority_mix.B is 0.3 (default)"
      ),
      (
        #"{ "business_rules": { "business_hours": { "start": "17:00" } } }"#,
        "business_rules.business_hours.start: business closes before it opens: "
          + "business_rules.business_hours.start is \"17:00\" (line 1), "
          + "business_rules.business_hours.end is \"17:00\" (default)"
      ),
      (
        #"{ "worker": { "backoff_initial_seconds": 601 } }"#,
        "worker.backoff_initial_seconds: the first wait is longer than the longest: "
          + "worker.backoff_initial_seconds is 601 (line 1), worker.backoff_max_seconds is 600 (default)"
      ),
      (
        #"{ "crm": { "request_timeout_seconds": 121 } }"#,
        "crm.request_timeout_seconds: the lease must be at least 1.5 times the request time-out, or a worker could lose it "
          + "while it waits for the CRM: "
          + "worker.lease_seconds is 120 (default), crm.request_timeout_seconds is 121 (line 1)"
      ),
    ])
  func impossible(text: String, message: String) {
    #expect(problems(text) == ["c.json:1: " + message])
  }

  @Test(
    "values at the edge of a rule are allowed",
    arguments: [
      #"{ "min_total_leads": 150 }"#, #"{ "lead_inventory_thresholds": { "min_priority_leads": { "A": 120 } } }"#,
      #"{ "upload_controls": { "max_upload_per_run": 25 } }"#,
      #"{ "performance_thresholds": { "low_conversion_threshold": 0.15 } }"#,
      #"{ "planning": { "priority_mix": { "A+": 0.201 } } }"#, #"{ "planning": { "priority_mix": { "A+": 0.199 } } }"#,
      #"{ "crm": { "request_timeout_seconds": 80, "batch_size": 1000, "requests_per_minute": 100 } }"#,
      #"{ "crm": { "batch_size": 1, "requests_per_minute": 1, "base_url": "https://[::1]:8443/crm" } }"#,
      #"{ "crm": { "batch_size": 1e2 } }"#, #"{ "$schema": "./schema.json" }"#,
    ])
  func allowed(text: String) {
    #expect(problems(text) == [])
  }

  @Test(
    "a key given twice is refused, in one object and in two places, naming both",
    arguments: [
      (
        "{ \"crm\": { \"batch_size\": 1,\n \"batch_size\": 2 } }",
        "c.json:2: crm.batch_size: given twice in the same object, first on line 1"
      ),
      ("{ \"crm\": {},\n \"crm\": {} }", "c.json:2: crm: given twice in the same object, first on line 1"),
      (
        "{ \"min_total_leads\": 1,\n \"lead_inventory_thresholds\": { \"min_total_leads\": 1 } }",
        "c.json:2: lead_inventory_thresholds.min_total_leads: given twice, also as min_total_leads on line 1"
      ),
      (
        "{ \"upload_controls\": { \"min_priority_leads\": { \"A\": 1 } },\n \"min_priority_leads\": { \"B\": 1 } }",
        "c.json:2: min_priority_leads: given twice, also as upload_controls.min_priority_leads on line 1"
      ),
      (
        "{ \"business_rules\": { \"teams\": { \"7\": {},\n \"7\": {} } } }",
        "c.json:2: business_rules.teams.7: given twice in the same object, first on line 1"
      ),
    ])
  func givenTwice(text: String, message: String) {
    #expect(problems(text) == [message])
  }

  @Test(
    "secrets in the file are refused with the variable to use, and never shown",
    arguments: [
      (#"{ "crm": { "password": "hunter2" } }"#, "crm.password", "LEAD_CRM_PASSWORD"),
      (#"{ "crm": { "username": "hunter2" } }"#, "crm.username", "LEAD_CRM_USERNAME"),
      (#"{ "password": "hunter2" }"#, "password", "LEAD_CRM_PASSWORD"),
      (#"{ "crm": { "database_url": "hunter2" } }"#, "crm.database_url", "LEAD_CRM_DATABASE_URL"),
      (#"{ "monitoring": { "smtp_password": "hunter2" } }"#, "monitoring.smtp_password", "LEAD_SMTP_PASSWORD"),
      (
        #"{ "monitoring": { "slack": { "webhook_url": "hunter2" } } }"#, "monitoring.slack.webhook_url",
        "LEAD_SLACK_WEBHOOK_URL"
      ),
      (#"{ "store": { "url": "postgresql://u:hunter2@db/leads" } }"#, "store.url", "LEAD_STORE"),
      (#"{ "store": { "url": "postgresql://db/leads?password=hunter2" } }"#, "store.url", "LEAD_STORE"),
    ])
  func secrets(text: String, key: String, variable: String) {
    #expect(
      problems(text) == [
        "c.json:1: \(key): secrets do not belong in the configuration file; set \(variable), "
          + "or \(variable)_FILE to name a file that holds it"
      ])
  }

  @Test("a secret under any key that wants something else is not repeated in the message")
  func misplacedSecretIsNotShown() {
    for key in ConfigurationKey.all {
      let isShown =
        if case .choice = key.kind { true } else { key.kind == .text(.time) || key.kind == .text(.timeZone) }
      if isShown || key.accepts(.text("hunter2")) { continue }
      #expect(!key.finding(.text("hunter2")).contains("hunter2"), "\(key.path)")
    }
  }

  @Test("all problems are reported together, one a line, in the order of the file")
  func allTogether() {
    let text = """
      {
        "crm": {
          "batch_sise": 10,
          "requests_per_minute": 0
        },
        "worker": { "concurrency": "many" }
      }
      """
    let found = ConfigurationDecoder.decode(text, file: "c.json").problems
    #expect(
      "\(ConfigurationError.invalid(found))" == """
        c.json:3: crm.batch_sise: unknown key; the nearest known key is crm.batch_size
        c.json:4: crm.requests_per_minute: expected a whole number from 1 to 100 (requests per minute), found 0
        c.json:6: worker.concurrency: expected a whole number from 1 to 64 (jobs), found text
        """)
  }

  @Test("a key of control characters cannot break the line of its message")
  func keyIsEscaped() {
    #expect(problems("{ \"crm\": { \"a\\nb\": 1 } }").allSatisfy { !$0.contains("\n") && $0.contains("crm.a\\nb") })
  }
}
