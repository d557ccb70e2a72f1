import Operations
import Testing

@Suite("The documents say what the programs do")
struct DocumentTests {
  let readme: String

  init() throws {
    readme = try SourceTree.text(of: "README.md")
  }

  @Test(
    "the README explains every message that a user looks up",
    arguments: [
      "No new leads available for upload", "Authentication failed", "Upload blocked: Must wait",
      "Daily upload limit reached", "Lead levels sufficient, no upload needed", "CRM not reachable",
      "Reading held, nothing is uploaded", "This store serves the CRM",
    ])
  func messages(message: String) {
    let isNamed = readme.contains(message)
    #expect(isNamed)
  }

  @Test("the README's table of the configuration is the one the programs were built with")
  func configurationTable() {
    let table = ConfigurationKey.markdownTable()
    let isThere = readme.contains(table)
    #expect(isThere, "README.md, Configuration, is to hold this table:\n\(table)")
  }

  @Test("the README names every variable of the environment", arguments: EnvironmentVariable.allCases)
  func variables(variable: EnvironmentVariable) {
    let isNamed = readme.contains("`\(variable.rawValue)`")
    #expect(isNamed)
  }

  @Test("the README names every exit code", arguments: Operations.ExitStatus.allCases)
  func exitCodes(status: Operations.ExitStatus) {
    let isNamed = readme.contains("| \(status.rawValue) |")
    #expect(isNamed)
  }

  @Test("the README names what make can do")
  func makeTargets() throws {
    let help = try SourceTree.text(of: "Makefile").matches(of: /echo 'make (\w+)/).map { "make \($0.1)" }
    #expect(help.count >= 3)
    #expect(help.filter { !readme.contains("`\($0)`") } == [])
  }

  @Test("docs/ARCHITECTURE.md has a line for every module and program")
  func modules() throws {
    let text = try SourceTree.text(of: "docs/ARCHITECTURE.md")
    let targets = try Manifest(text: SourceTree.text(of: "Package.swift")).targets.filter { !$0.isTest }
    #expect(targets.map(\.name).filter { !text.contains("`\($0)`") } == [])
  }
}
