import Leads
import Logging
import TestSupport
import Testing

@testable import Operations

struct ConfigurationSourceTests {
  @Test("the command line beats the environment, which beats the file, which beats the default")
  func precedence() throws {
    let folder = try TemporaryFolder()
    let path = try folder.file(
      "c.json",
      """
      { "store": { "url": "file.db" }, "crm": { "base_url": "http://file:1" },
        "monitoring": { "log_level": "error", "check_interval_minutes": 5 } }
      """)
    let variables = [
      "LEAD_STORE": "environment.db", "LEAD_CRM_URL": "http://environment:2", "LEAD_LOG_LEVEL": "debug",
    ]

    let none = try ConfigurationSource(file: path, variables: [:]).load().configuration
    #expect(none.store.location == .sqlite(path: "file.db"))
    #expect(none.crm.baseURL == "http://file:1")
    #expect(none.monitoring.logLevel == .error)
    #expect(none.monitoring.checkInterval == .seconds(300))

    let environment = try ConfigurationSource(file: path, variables: variables).load().configuration
    #expect(environment.store.location == .sqlite(path: "environment.db"))
    #expect(environment.crm.baseURL == "http://environment:2")
    #expect(environment.monitoring.logLevel == .debug)

    let line = try ConfigurationSource(file: path, store: "line.db", intervalMinutes: 0.5, variables: variables).load()
    #expect(line.configuration.store.location == .sqlite(path: "line.db"))
    #expect(line.configuration.monitoring.checkInterval == .seconds(30))
  }

  @Test("a missing file named by --config is exit 78")
  func missingFile() throws {
    let error = try #require(throws: ConfigurationError.self) {
      try ConfigurationSource(file: "/no/such.json", variables: [:]).load()
    }
    #expect(error.exitStatus.rawValue == 78)
    #expect("\(error)" == "/no/such.json: there is no such configuration file; check the path given with --config")
  }

  @Test("without --config the default file counts if it exists, else the defaults")
  func defaultFile() throws {
    let folder = try TemporaryFolder()
    var source = ConfigurationSource(variables: [:])
    #expect(source.fallbackFile == "config/automation_config.json")
    source.fallbackFile = folder.path + "/c.json"
    let absent = try source.load()
    #expect(absent.file == nil)
    #expect(absent.configuration == Configuration())
    let path = try folder.file("c.json", "{ \"min_total_leads\": 7 }")
    let present = try source.load()
    #expect(present.file == path)
    #expect(present.configuration.policy.minTotal == 7)
    _ = try folder.file("c.json", "{")
    #expect(throws: ConfigurationError.self) { try source.load() }
  }

  @Test("a folder, and bytes that are no text, cannot be a configuration")
  func unreadable() throws {
    let folder = try TemporaryFolder()
    let error = try #require(throws: ConfigurationError.self) {
      try ConfigurationSource(file: folder.path, variables: [:]).load()
    }
    #expect("\(error)" == "\(folder.path): the configuration file cannot be read: Is a directory")
    #expect(error.exitStatus == .configuration)
    #expect(throws: TextFile.Failure.unreadable("it is larger than 3 bytes")) {
      try TextFile.read(try folder.file("long", "four"), bytesMax: 3)
    }
  }

  @Test("problems of the file and of the environment are reported together")
  func fileAndEnvironment() throws {
    let folder = try TemporaryFolder()
    let path = try folder.file("c.json", "{ \"crn\": {} }")
    let error = try #require(throws: ConfigurationError.self) {
      try ConfigurationSource(file: path, variables: ["LEAD_LOG_FORMAT": "xml"]).load()
    }
    #expect(
      "\(error)" == """
        \(path):1: crn: unknown key; the nearest known key is crm
        LEAD_LOG_FORMAT: expected one of text, json
        """)
  }

  @Test("reloading reads the file again, and a broken one throws and changes nothing")
  func reload() throws {
    let folder = try TemporaryFolder()
    let path = try folder.file("c.json", "{ \"crm\": { \"batch_size\": 10 } }")
    let source = ConfigurationSource(file: path, variables: [:])
    let first = try source.load().configuration
    _ = try folder.file("c.json", "{ \"crm\": { \"batch_size\": 20 } }")
    let second = try source.reload()
    #expect(second.crm.batchSize == 20)
    #expect(second.changedKeys(since: first) == ["crm.batch_size"])
    _ = try folder.file("c.json", "{ \"crm\": { \"batch_size\": 0 } }")
    #expect(throws: ConfigurationError.self) { try source.reload() }
  }

  @Test("options that mean nothing are wrong usage")
  func wrongOptions() throws {
    for (source, message) in [
      (
        ConfigurationSource(intervalMinutes: 0, variables: [:]),
        "--interval: expected a number from 0.001 to 10080 (minutes)"
      ),
      (
        ConfigurationSource(intervalMinutes: .nan, variables: [:]),
        "--interval: expected a number from 0.001 to 10080 (minutes)"
      ),
      (
        ConfigurationSource(store: "mysql://h/db", variables: [:]),
        "--store: expected the path of a SQLite file, or postgresql://… without a password"
      ),
    ] {
      let error = try #require(throws: ConfigurationError.self) { try source.load() }
      #expect("\(error)" == message)
      #expect(error.exitStatus == .usage)
    }
    #expect(throws: ConfigurationError.passwordInArgument) {
      try ConfigurationSource(store: "postgresql://u:hunter2@h/db", variables: [:]).load()
    }
  }

  @Test("a password of the store from the environment works and is never shown")
  func storeSecret() throws {
    let folder = try TemporaryFolder()
    let file = try folder.file("c.json", "{}")
    let variables = ["LEAD_STORE": "postgresql://u:hunter2@h:5433/db"]
    let settings = try ConfigurationSource(file: file, variables: variables).load()
    #expect(settings.configuration.store.location == .postgresql(url: Secret("postgresql://u:hunter2@h:5433/db")))
    #expect(!"\(settings)".contains("hunter2"))
    #expect("\(settings.configuration.store.location)" == "postgresql://h:5433/db")
  }

  @Test("warnings name what is set but has no effect")
  func warnings() throws {
    let folder = try TemporaryFolder()
    let path = try folder.file("c.json", "{ \"monitoring\": { \"slack\": { \"enabled\": true } } }")
    let settings = try ConfigurationSource(file: path, variables: ["LEAD_STOR": "x"]).load()
    #expect(
      settings.warnings == [
        "nothing reads the variable LEAD_STOR; the nearest known one is LEAD_STORE"
      ])
  }

  @Test("the exit codes are those of interfaces.md")
  func exitCodes() {
    #expect(ExitStatus.allCases.map(\.rawValue) == [0, 1, 64, 69, 75, 78])
  }
}
