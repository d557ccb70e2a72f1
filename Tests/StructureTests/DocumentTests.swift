import Operations
import Testing

@Suite("The documents say what the programs do")
struct DocumentTests {
  let readme: String
  let configuration: String
  let troubleshooting: String

  init() throws {
    readme = try SourceTree.text(of: "README.md")
    configuration = try SourceTree.text(of: "docs/CONFIGURATION.md")
    troubleshooting = try SourceTree.text(of: "docs/TROUBLESHOOTING.md")
  }

  @Test(
    "docs/TROUBLESHOOTING.md explains every message that a user looks up",
    arguments: [
      "No new leads available for upload", "Authentication failed", "Upload blocked: Must wait",
      "Daily upload limit reached", "Lead levels sufficient, no upload needed", "CRM not reachable",
      "Reading held, nothing is uploaded", "This store serves the CRM",
    ])
  func messages(message: String) {
    let isNamed = troubleshooting.contains(message)
    #expect(isNamed)
  }

  @Test("the table of docs/CONFIGURATION.md is the one the programs were built with")
  func configurationTable() {
    let table = ConfigurationKey.markdownTable()
    let isThere = configuration.contains(table)
    #expect(isThere, "docs/CONFIGURATION.md is to hold this table:\n\(table)")
  }

  @Test("docs/CONFIGURATION.md names every variable of the environment", arguments: EnvironmentVariable.allCases)
  func variables(variable: EnvironmentVariable) {
    let isNamed = configuration.contains("`\(variable.rawValue)`")
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

  @Test("links between the documents lead somewhere")
  func links() throws {
    let pages = try SourceTree.files(in: "docs", endingIn: ".md").map(\.path) + ["README.md", "CONTRIBUTING.md"]
    for page in pages {
      let folder = page.hasPrefix("docs/") ? "docs/" : ""
      for match in try SourceTree.text(of: page).matches(of: /\]\(([^)#:]+\.md)[^):]*\)/) {
        let target = (folder + match.1).replacing("docs/../", with: "")
        #expect(throws: Never.self, "\(page) links to \(target)") { try SourceTree.text(of: target) }
      }
    }
  }
}
