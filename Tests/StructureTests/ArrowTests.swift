import Testing

@Suite("One-way flow: the modules of Package.swift")
struct ArrowTests {
  let manifest: Manifest

  init() throws {
    manifest = try Manifest(text: SourceTree.text(of: "Package.swift"))
  }

  private var sources: [Manifest.Target] { manifest.targets.filter { !$0.isTest } }

  @Test("every target has a room, and its arrows point to lower rooms only")
  func arrowsPointDown() {
    #expect(sources.count >= 15)
    #expect(Rooms.findings(in: sources) == [])
  }

  @Test("there are no circles")
  func noCircles() {
    #expect(Rooms.circles(in: manifest.targets) == [])
  }

  @Test("every import is of a declared dependency or of the system")
  func importsAreDeclared() throws {
    let system: Set = ["Dispatch", "Foundation", "Glibc", "Musl", "Synchronization", "Testing"]
    let known = Set(manifest.targets.map(\.module)).union(manifest.products)
    var findings: [String] = []
    for target in manifest.targets where !target.isLibrary {
      let declared = Set(target.dependencies.map { $0.replacing("-", with: "_") })
      // The demo CRM's server brings modules of its own packages along.
      let mayUseOthers = declared.contains("Hummingbird")
      for file in try SourceTree.files(in: target.folder) {
        for name in try file.imports() where !system.contains(name) && !declared.contains(name) {
          if known.contains(name) || !mayUseOthers { findings.append("\(file.path) imports \(name)") }
        }
      }
    }
    #expect(findings == [])
  }

  @Test("every declared dependency of a module is imported somewhere in it")
  func dependenciesAreUsed() throws {
    var findings: [String] = []
    for target in sources
    where target.folder.hasPrefix("Sources/Shared/") && !target.isLibrary && !target.dependencies.isEmpty {
      let imported = try Set(SourceTree.files(in: target.folder).flatMap { try $0.imports() })
      findings += target.dependencies.filter { !imported.contains($0) }.map { "\(target.name) never imports \($0)" }
    }
    #expect(findings == [])
  }

  @Test("every folder of sources and of tests is a target, so that none is silently left out")
  func everyFolderIsATarget() throws {
    let folders =
      try SourceTree.folders(in: "Sources").filter { $0 != "Shared" }.map { "Sources/\($0)" }
      + SourceTree.folders(in: "Sources/Shared").map { "Sources/Shared/\($0)" }
      + SourceTree.folders(in: "Tests").map { "Tests/\($0)" }
    let targets = Set(manifest.targets.map(\.folder))
    #expect(folders.filter { !targets.contains($0) } == [])
  }

  @Test("the planner is pure: it knows leads and time, and of the system only log and exp, in one file")
  func planningIsPure() throws {
    let functions = "Sources/Shared/Planning/Statistics/RealFunctions.swift"
    let files = try SourceTree.files(in: "Sources/Shared/Planning")
    let imported = try Set(files.filter { $0.path != functions }.flatMap { try $0.imports() })
    #expect(imported.subtracting(["Leads", "Timekeeping"]) == [])
    #expect(try files.filter { $0.path == functions }.flatMap { try $0.imports() } == ["Glibc"])
  }

  @Test("the demo CRM shares no code with the programs it is there to test")
  func demoCRMStandsApart() throws {
    let demo = try #require(manifest.targets.first { $0.name == "demo-crm" })
    let own = Set(manifest.targets.map(\.name))
    #expect(Set(demo.dependencies).intersection(own).subtracting(["Database", "Launch", "Timekeeping"]) == [])
  }
}

@Suite("The reading of Package.swift")
struct ManifestTests {
  private static let text = """
    let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
    let arguments = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")

    let package = Package(
      name: "p",
      targets: [
        library("CSQLite", pkgConfig: "sqlite3", package: "libsqlite3-dev"),  // module("Hidden", [])
        .target(
          name: "Migrations", path: "migrations",
          resources: [.embedInCode("0001_a.sql")], swiftSettings: settings),
        cModule("CLoop", ["CSQLite"]),
        module("Database", ["CSQLite", logging]),
        program(
          "lead-worker", path: "Worker",
          [
            "Database",
          ]),
        .executableTarget(
          name: "measure", dependencies: ["Database", arguments], path: "Measuring", swiftSettings: settings),
        tests("DatabaseTests", ["Database"]),
      ]
    )
    """

  @Test("targets, folders and dependencies are read as they are written")
  func readsTargets() throws {
    let manifest = try Manifest(text: Self.text)
    #expect(
      manifest.targets == [
        .init(name: "CSQLite", folder: "Sources/Shared/CSQLite", dependencies: [], isLibrary: true),
        .init(name: "Migrations", folder: "migrations", dependencies: []),
        .init(name: "CLoop", folder: "Sources/Shared/CLoop", dependencies: ["CSQLite"], isLibrary: true),
        .init(name: "Database", folder: "Sources/Shared/Database", dependencies: ["CSQLite", "Logging"]),
        .init(name: "lead-worker", folder: "Sources/Worker", dependencies: ["Database", "ArgumentParser"]),
        .init(name: "measure", folder: "Measuring", dependencies: ["Database", "ArgumentParser"]),
        .init(name: "DatabaseTests", folder: "Tests/DatabaseTests", dependencies: ["Database"]),
      ])
    #expect(manifest.products == ["Logging", "ArgumentParser"])
  }

  @Test("an arrow up, one within a room, and a target without a room are found")
  func findsWrongArrows() {
    let targets: [Manifest.Target] = [
      .init(name: "Database", folder: "", dependencies: ["LeadStore", "CSQLite"]),
      .init(name: "JobQueue", folder: "", dependencies: ["Leads"]),
      .init(name: "Leads", folder: "", dependencies: []),
      .init(name: "LeadStore", folder: "", dependencies: ["Database"]),
      .init(name: "Attic", folder: "", dependencies: []),
      .init(name: "CSQLite", folder: "", dependencies: []),
    ]
    #expect(
      Rooms.findings(in: targets) == [
        "Database → LeadStore does not point down", "JobQueue → Leads does not point down", "Attic has no room",
      ])
    #expect(Rooms.circles(in: targets) == [["Database", "LeadStore", "Database"]])
  }

  @Test(
    "imports are found whatever stands before them",
    arguments: [
      ("import Leads", ["Leads"]), ("public import Leads", ["Leads"]), ("@testable import Leads", ["Leads"]),
      ("package import struct Leads.Stock  // why", ["Leads"]), ("// import Leads", []), ("let important = 1", []),
    ])
  func findsImports(line: String, modules: [String]) throws {
    #expect(try SourceFile(path: "A.swift", text: line).imports() == modules)
  }
}
