import Foundation
import Testing

@Suite("The command line and the configuration")
struct CommandLineTests {
  @Test(
    "--help tells what the program does and ends with 0",
    arguments: [
      ["lead-scheduler", "--help"], ["lead-scheduler", "run", "--help"], ["lead-scheduler", "plan", "--help"],
      ["lead-scheduler", "check-config", "--help"], ["lead-worker", "--help"], ["demo-crm", "--help"],
      ["lead-queue", "--help"], ["lead-queue", "verify", "--help"], ["lead-queue", "--version"],
      ["demo-crm", "sample-leads", "--help"], ["lead-scheduler", "--version"], ["lead-worker", "--version"],
    ])
  func help(_ words: [String]) async throws {
    try await Site.alone { site in
      let ended = try await site.run(words[0], Array(words.dropFirst()))
      #expect(ended.status == 0)
      #expect(!ended.output.isEmpty)
      #expect(ended.errors == "")
      #expect(!FileManager.default.fileExists(atPath: site.storePath))
    }
  }

  @Test(
    "what was said counts also where a preloaded library has set a variable before",
    arguments: ["lead-scheduler", "lead-worker", "lead-queue", "demo-crm"])
  func preloaded(_ program: String) async throws {
    try await Site.alone { site in
      let library = site.folder + "/preloaded"
      let source = """
        #include <stdlib.h>
        __attribute__((constructor)) static void set(void) { setenv("ANY", "1", 1); }
        """
      try Data(source.utf8).write(to: URL(filePath: library + ".c"))
      let compiler = Process()
      compiler.executableURL = URL(filePath: "/usr/bin/env")
      compiler.arguments = ["clang", "-shared", "-fPIC", library + ".c", "-o", library + ".so"]
      try compiler.run()
      compiler.waitUntilExit()
      try #require(compiler.terminationStatus == 0)
      let ended = try await site.run(program, ["--nonsense"], environment: ["LD_PRELOAD": library + ".so"])
      #expect(ended.status == 64)
      #expect(ended.errors.contains("--nonsense"))
    }
  }

  @Test(
    "wrong usage ends with 64 and touches nothing",
    arguments: [
      ["lead-scheduler", "--interval", "0", "--mode", "continuous"], ["lead-scheduler", "--interval", "5"],
      ["lead-scheduler", "--mode", "sometimes"], ["lead-scheduler", "--colour"],
      ["lead-scheduler", "--embedded-workers", "0"], ["lead-scheduler", "--dry-run", "--mode", "continuous"],
      ["lead-worker", "--concurrency", "0"], ["lead-worker", "--queues", "uploads"],
      ["lead-worker", "--drain-timeout", "-1"],
    ])
  func usage(_ words: [String]) async throws {
    try await Site.alone { site in
      let ended = try await site.run(words[0], Array(words.dropFirst()))
      #expect(ended.status == 64)
      #expect(!ended.errors.isEmpty)
      #expect(!FileManager.default.fileExists(atPath: site.folder + "/data"))
    }
  }

  @Test(
    "a password in an argument is refused with 64 and not repeated",
    arguments: [["lead-scheduler"], ["lead-worker"], ["lead-queue", "stats"]])
  func passwordInArgument(_ words: [String]) async throws {
    try await Site.alone { site in
      let ended = try await site.run(
        words[0], words.dropFirst() + ["--store", "postgresql://me:s3cr3t-w0rd@127.0.0.1/x"])
      #expect(ended.status == 64)
      #expect(!site.everythingSaid.contains("s3cr3t-w0rd"))
    }
  }

  @Test("D15: a file named by --config that is missing is an error, 78, never the defaults")
  func missingFile() async throws {
    try await Site.alone { site in
      for words in [["--mode", "once"], ["plan"], ["check-config"]] {
        let ended = try await site.run("lead-scheduler", words + ["--config", "config/absent.json"])
        #expect(ended.status == 78)
        #expect(ended.errors.contains("config/absent.json"))
      }
      #expect(!FileManager.default.fileExists(atPath: site.folder + "/data"))
    }
  }

  @Test(
    "D15: a wrong configuration ends with 78 and names file and key",
    arguments: [
      ("upload_controls.max_daily_upload", "5", "max_daily_uploads"),
      ("upload_controls.max_daily_uploads", "\"many\"", "upload_controls.max_daily_uploads"),
      ("upload_controls.max_upload_per_run", "-1", "upload_controls.max_upload_per_run"),
      ("lead_inventory_thresholds.min_total_leads", "500", "lead_inventory_thresholds.target_total_leads"),
      ("crm.batch_size", "1001", "crm.batch_size"),
      ("business_rules.business_hours.timezone", "\"Mars/Olympus\"", "business_rules.business_hours.timezone"),
      ("crm.base_url", "\"ftp://crm\"", "crm.base_url"),
    ])
  func wrongConfiguration(key: String, value: String, named: String) async throws {
    try await Site.alone { site in
      try site.configure([key: value])
      let file = ["--config", Site.configuration]
      for (program, words) in [
        ("lead-scheduler", ["--mode", "once"]), ("lead-scheduler", ["check-config"]), ("lead-worker", []),
      ] {
        let ended = try await site.run(program, words + file)
        #expect(ended.status == 78)
        #expect(ended.errors.contains(Site.configuration))
        #expect(ended.errors.contains(named), "\(ended.errors)")
      }
    }
  }

  @Test(
    "D15: a configuration that is no JSON ends with 78 and the line", arguments: ["{\n  \"crm\": {\n", "[]", "crm: x"])
  func notJSON(_ text: String) async throws {
    try await Site.alone { site in
      try site.write(text, to: Site.configuration)
      let ended = try await site.once()
      #expect(ended.status == 78)
      #expect(ended.errors.contains(Site.configuration))
    }
  }

  @Test(
    "a wrong variable of the environment ends with 78 and names it",
    arguments: [
      ("LEAD_NOW", "yesterday"), ("LEAD_LOG_LEVEL", "loud"), ("LEAD_CRM_URL", "crm.example"),
      ("LEAD_CRM_PASSWORD_FILE", "/nowhere/at/all"),
    ])
  func wrongEnvironment(variable: String, value: String) async throws {
    try await Site.alone { site in
      if variable.hasSuffix("_FILE") { site.set(String(variable.dropLast("_FILE".count)), nil) }
      let ended = try await site.run("lead-scheduler", ["check-config"], environment: [variable: value])
      #expect(ended.status == 78)
      #expect(ended.errors.contains(variable))
    }
  }

  @Test("check-config accepts the shipped configurations and warns of alerts that could reach nobody")
  func checkConfig() async throws {
    try await Site.alone { site in
      for name in ["automation_config.json", "demo_automation_config.json"] {
        let path = Programs.package.appendingPathComponent("config/\(name)").path
        let ended = try await site.run("lead-scheduler", ["check-config", "--config", path])
        #expect(ended.status == 0)
        #expect(ended.output.contains("valid"))
      }
      try site.configure(["monitoring.slack.enabled": "true"])
      let ended = try await site.run("lead-scheduler", ["check-config", "--config", Site.configuration])
      #expect(ended.status == 0)
      #expect(ended.output.contains("monitoring.slack.enabled"))
    }
  }

  @Test("a store that serves one CRM refuses another, 78")
  func anotherCRM() async throws {
    try await Site.with(.api, crm: ["--leads", "100"]) { site, crm in
      try site.configure(need: 10, batchSize: 10)
      try site.write("[]", to: "config/leads.json")
      #expect(try await site.once().status == 0)
      let port = crm.baseURL.split(separator: ":").last ?? ""
      let ended = try await site.once(environment: ["LEAD_CRM_URL": "http://localhost:\(port)"])
      #expect(ended.status == 78)
      #expect(ended.errors.contains("rebind-crm"))
    }
  }

  @Test("everything the programs write is for the user's eyes only: files have mode 0600, folders 0700")
  func modes() async throws {
    try await Site.with(.api) { site, crm in
      try site.configure(need: 10, batchSize: 10)
      try site.write(InventedLead.file(InventedLead.leads(0..<10)), to: "config/leads.json")
      _ = try await site.once()
      try site.worker()
      try await site.workerStarted()
      let folder = FileManager.default
      let data = try folder.subpathsOfDirectory(atPath: site.folder + "/data").map { "data/" + $0 }
      #expect(data.contains("data/lead-queue.db"))
      for name in data + ["automated_lead_manager.log"] {
        let attributes = try folder.attributesOfItem(atPath: site.folder + "/" + name)
        let isFolder = attributes[.type] as? FileAttributeType == .typeDirectory
        #expect(attributes[.posixPermissions] as? Int == (isFolder ? 0o700 : 0o600), "\(name)")
      }
    }
  }
}
