import Logging
import TestSupport
import Testing
import Timekeeping

@testable import Operations

struct EnvironmentTests {
  @Test("every variable of interfaces.md is read")
  func allVariables() throws {
    let environment = try Environment(variables: [
      "LEAD_STORE": "postgresql://u:hunter2@db:5433/leads", "LEAD_CRM_URL": "http://crm:8006/",
      "LEAD_CRM_USERNAME": "admin", "LEAD_CRM_PASSWORD": "hunter2",
      "LEAD_CRM_DATABASE_URL": "postgresql://u:hunter2@pg/crm", "LEAD_SMTP_URL": "smtps://mail:465",
      "LEAD_SMTP_USERNAME": "mailer", "LEAD_SMTP_PASSWORD": "hunter2", "LEAD_SMTP_FROM": "a@example.org",
      "LEAD_SLACK_WEBHOOK_URL": "https://hooks.example.org/hunter2", "LEAD_LOG_LEVEL": "DEBUG",
      "LEAD_LOG_FORMAT": "json", "LEAD_LOG_FILE": "x.log", "LEAD_NOW": "2026-11-22T10:00:00-05:00", "NO_COLOR": "1",
      "PATH": "/bin",
    ])
    #expect(environment.store == .postgresql(url: Secret("postgresql://u:hunter2@db:5433/leads")))
    #expect(environment.crmURL == "http://crm:8006")
    #expect(environment.crmUsername == "admin")
    #expect(environment.crmPassword?.revealed == "hunter2")
    #expect(environment.crmDatabaseURL?.revealed == "postgresql://u:hunter2@pg/crm")
    #expect(environment.smtpURL?.revealed == "smtps://mail:465")
    #expect(environment.smtpUsername == "mailer")
    #expect(environment.smtpPassword?.revealed == "hunter2")
    #expect(environment.smtpFrom == "a@example.org")
    #expect(environment.slackWebhookURL?.revealed == "https://hooks.example.org/hunter2")
    #expect(environment.logLevel == .debug)
    #expect(environment.logFormat == .json)
    #expect(environment.logFile == "x.log")
    // 15:00 UTC on 2026-11-22 is 20,779 days and 15 hours after the epoch.
    #expect(environment.now == Timestamp(milliseconds: 1_795_359_600_000))
    #expect(environment.clock.isShifted)
    #expect(environment.isColourRefused)
    #expect(environment.warnings == [])
    #expect(!"\(environment)".contains("hunter2"))
    var dumped = ""
    dump(environment, to: &dumped)
    #expect(!dumped.contains("hunter2"))
  }

  @Test("empty values count as unset")
  func emptyIsUnset() throws {
    var variables: [String: String] = ["NO_COLOR": ""]
    for variable in EnvironmentVariable.allCases {
      variables[variable.rawValue] = ""
      variables[variable.fileVariable] = ""
    }
    #expect(try Environment(variables: variables) == Environment())
    #expect(try !Environment(variables: variables).clock.isShifted)
  }

  @Test(
    "a variable may name a file, whose last newline is dropped", arguments: ["hunter2", "hunter2\n", "hunter2\r\n"])
  func valueFromFile(content: String) throws {
    let folder = try TemporaryFolder()
    let path = try folder.file("secret", content)
    let environment = try Environment(variables: ["LEAD_CRM_PASSWORD_FILE": path, "LEAD_LOG_FILE_FILE": path])
    #expect(environment.crmPassword?.revealed == "hunter2")
    #expect(environment.logFile == "hunter2")
  }

  @Test("only the last newline of a file is dropped, and spaces belong to the value")
  func onlyOneNewline() throws {
    let folder = try TemporaryFolder()
    let path = try folder.file("secret", " a b \n\n")
    #expect(try Environment(variables: ["LEAD_CRM_PASSWORD_FILE": path]).crmPassword?.revealed == " a b \n")
  }

  @Test("everything wrong with the environment is reported together, without the values")
  func problems() throws {
    let folder = try TemporaryFolder()
    let error = try #require(throws: ConfigurationError.self) {
      try Environment(variables: [
        "LEAD_STORE": "mysql://hunter2", "LEAD_CRM_URL": "hunter2", "LEAD_CRM_PASSWORD_FILE": "/no/such/file",
        "LEAD_SMTP_PASSWORD": "hunter2", "LEAD_SMTP_PASSWORD_FILE": "/no/such/file",
        "LEAD_SLACK_WEBHOOK_URL_FILE": folder.path, "LEAD_LOG_LEVEL": "hunter2", "LEAD_LOG_FORMAT": "xml",
        "LEAD_NOW": "2026-11-22T10:00:00",
      ])
    }
    #expect(error.exitStatus == .configuration)
    #expect(
      "\(error)" == """
        LEAD_STORE: expected the path of a SQLite file, or postgresql://…
        LEAD_CRM_URL: expected a URL such as http://127.0.0.1:8006, without user, password and query
        LEAD_CRM_PASSWORD_FILE: there is no file /no/such/file
        LEAD_SMTP_PASSWORD: set together with LEAD_SMTP_PASSWORD_FILE; unset one of them
        LEAD_SLACK_WEBHOOK_URL_FILE: the file \(folder.path) cannot be read: Is a directory
        LEAD_LOG_LEVEL: expected one of trace, debug, info, notice, warning, error, critical
        LEAD_LOG_FORMAT: expected one of text, json
        LEAD_NOW: expected a moment with zone, such as 2026-11-22T10:00:00-05:00
        """)
  }

  @Test("a variable that nothing reads is a warning with the nearest name")
  func unknownVariables() throws {
    let environment = try Environment(variables: ["LEAD_CRM_PASWORD": "hunter2", "LEAD_STORE_FIEL": "x", "LEADER": "x"])
    #expect(
      environment.warnings == [
        "nothing reads the variable LEAD_CRM_PASWORD; the nearest known one is LEAD_CRM_PASSWORD",
        "nothing reads the variable LEAD_STORE_FIEL; the nearest known one is LEAD_STORE_FILE",
      ])
  }

  @Test(
    "an argument that holds a password is refused with exit 64 and not repeated",
    arguments: [
      "postgresql://u:hunter2@h/db", "--store=postgresql://u:hunter2@h/db", "postgres://u:hunt/er2@h/db",
      "postgresql://h/db?password=hunter2", "host=h password=hunter2", "host=h password = 'hunter2'",
      "host=h password\n=\u{301}hunter2", "postgresql://u:\u{301}hunter2@h/db",
      "postgresql://u:@1/hunter2@h/db",
      "http://admin:hunter2@crm:8006", "postgresql://:hunter2@h/db",
    ])
  func passwordInArgument(argument: String) throws {
    let error = try #require(throws: ConfigurationError.self) {
      try Environment.refusePassword(inArguments: ["lead-queue", "stats", argument])
    }
    #expect(error == .passwordInArgument)
    #expect(error.exitStatus == .usage)
    #expect(!"\(error)".contains("hunter2"))
  }

  @Test(
    "an argument without password is let through",
    arguments: [
      "data/lead-queue.db", "postgresql://u@h:5432/db", "postgresql://h/db", "postgresql:///db?host=/run/postgresql",
      "host=h dbname=d", "--reason", "asked at http://crm:8006/x by bob@example.org", "postgresql://u:@h/db",
      "the password was changed", "12:30 talk with bob@example.org",
    ])
  func harmlessArgument(argument: String) throws {
    try Environment.refusePassword(inArgument: argument)
  }

  @Test(
    "a database is shown by host, port and name only",
    arguments: [
      ("postgresql://u:hunter2@h:5433/db?sslmode=require", "postgresql://h:5433/db"),
      ("postgres://h/db", "postgresql://h/db"),
      ("postgresql:///db?host=/run/pg&password=hunter2", "postgresql:///run/pg/db"),
      ("host=h port=5433 user=u password='hunt er2' dbname=db", "postgresql://h:5433/db"),
      ("password=hunter2 dbname=db", "postgresql://local/db"),
      ("postgresql://u:hunter2/x@h/db", "postgresql://•••"), ("hunter2", "•••"),
      ("postgresql://u:hunter2?x@h/db", "postgresql://•••"), ("postgresql://u:hunter2", "postgresql://•••"),
      ("postgresql://u:1234?x@h/db", "postgresql://•••"),
      ("host=h\tpassword='hunter2'\ndbname=db", "postgresql://h/db"),
      ("host=h password='\u{301}hunter2' dbname=db", "postgresql://h/db"),
      ("dbname=postgresql://u:hunter2@h/db", "postgresql://•••"), ("host=u:hunter2@h dbname=db", "postgresql://•••"),
      ("host=h password='a://hunter2?b'", "postgresql://h/"), ("mysql://u:hunter2@h/db", "•••"),
      ("postgresql://a:1,[::1]:2/db", "postgresql://a:1,[::1]:2/db"),
    ])
  func redaction(address: String, shown: String) {
    #expect(DatabaseAddress.redacted(Secret(address)) == shown)
  }

  @Test("a secret prints as dots however it is printed")
  func secretIsNeverPrinted() {
    let secret = Secret("hunter2")
    var dumped = ""
    dump(secret, to: &dumped)
    for text in ["\(secret)", String(describing: secret), String(reflecting: secret), "\([secret])", dumped] {
      #expect(!text.contains("hunter2"))
      #expect(text.contains("•••"))
    }
  }
}
