import Testing

@Suite("What is not to be found in the sources")
struct WordTests {
  private static let domainAndQueue = ["Leads", "Planning", "JobQueue", "LeadStore"]
  private static let vagueNames = ["Util", "Helper", "Manager", "Misc"]

  private func files(of modules: [String]) throws -> [SourceFile] {
    try modules.flatMap { try SourceTree.files(in: "Sources/Shared/\($0)") }
  }

  @Test("names that say nothing: Utils, Helpers, Manager")
  func vagueNames() throws {
    let files = try SourceTree.files(in: "Sources") + SourceTree.files(in: "Tests")
    #expect(files.map(\.path).filter { path in Self.vagueNames.contains { path.contains($0) } } == [])
    let types = #"\b(?:class|struct|enum|actor|protocol)\s+\w*(?:Utils?|Helpers?|Manager)\b"#
    let findings = try SourceTree.files(in: "Sources").flatMap { try $0.places(of: types) }
    #expect(findings == [])
  }

  @Test("work put off")
  func unfinishedWork() throws {
    let words = #"\b(?:TODO|FIXME|XXX)\b"#
    var files = try SourceTree.files(in: "Sources") + SourceTree.files(in: "scripts", endingIn: ".sh")
    files += try SourceTree.files(in: "migrations", endingIn: ".sql")
    files += try SourceTree.files(in: "Tests").filter { !$0.path.hasPrefix("Tests/StructureTests/") }
    let findings = try files.flatMap { try $0.places(of: words, inComments: true) }
    #expect(findings == [])
  }

  @Test("crashes in place of errors: fatalError, try!, as!")
  func crashes() throws {
    let files = try SourceTree.files(in: "Sources")
    let findings = try files.flatMap { try $0.places(of: #"\bfatalError\(|\btry!|\bas!\s"#) }
    #expect(findings == [])
  }

  @Test("errors that nobody hears of: an empty catch, try? on a write")
  func swallowedErrors() throws {
    let files = try SourceTree.files(in: "Sources")
    var findings = try files.flatMap { try $0.places(of: #"try\?\s+(?:await\s+)?[\w.]*\.write\b"#) }
    // With a comment that says why, it is not empty.
    findings += try files.flatMap { try $0.places(of: #"catch\s*\{\s*\}"#, inComments: true) }
    #expect(findings == [])
  }

  @Test("the machine's clock and its randomness in the domain, the queue or the store")
  func hiddenInputs() throws {
    let inputs = #"\bDate\(\)|\bDate\.now\b|\bUUID\(\)|\bSystemRandomNumberGenerator\b|\bWallClock\.system\b"#
    // With `using:` the generator is a parameter.
    let random = #"\.(?:random|randomElement|shuffled|shuffle)\((?!.*using:)"#
    // The library's outermost face, where they are the defaults of parameters.
    let face = "Sources/Shared/JobQueue/WorkerPool+Defaults.swift"
    let files = try files(of: Self.domainAndQueue).filter { $0.path != face }
    let findings = try files.flatMap { try $0.places(of: inputs) + $0.places(of: random) }
    #expect(findings == [])
  }

  @Test("sleep in the domain, the queue or the store; Wakeup is a timer")
  func sleep() throws {
    let files = try files(of: Self.domainAndQueue).filter { $0.path != "Sources/Shared/JobQueue/Wakeup.swift" }
    let findings = try files.flatMap { try $0.places(of: #"\bTask\.sleep\b|\bu?sleep\(|\bThread\.sleep\b"#) }
    #expect(findings == [])
  }

  @Test("print in a shared module: they have a log")
  func print() throws {
    let files = try SourceTree.files(in: "Sources/Shared")
    let findings = try files.flatMap { try $0.places(of: #"(?:^|[^\w.])(?:print|dump|NSLog)\("#) }
    #expect(findings == [])
  }

  @Test("a planner that asks a clock")
  func clocksInPlanning() throws {
    let files = try files(of: ["Planning"])
    let findings = try files.flatMap { try $0.places(of: #"\b(?:ContinuousClock|SuspendingClock|WallClock)\b"#) }
    #expect(findings == [])
  }

  @Test(
    "the words are found where they are used, and only there",
    arguments: [
      ("let now = Date()", true), ("let update = Update()", false), ("// Date() is not for us", false),
      ("let id = UUID().uuidString", true),
    ])
  func patterns(line: String, isFound: Bool) throws {
    let places = try SourceFile(path: "A.swift", text: line).places(of: #"\bDate\(\)|\bUUID\(\)"#)
    #expect(places == (isFound ? ["A.swift:1"] : []))
  }
}
