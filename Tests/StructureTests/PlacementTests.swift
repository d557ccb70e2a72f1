import Testing

@Suite("Everything in its place: statements, schema, sizes")
struct PlacementTests {
  private static let statement =
    #"\bSELECT\s|\bINSERT\s+(?:OR\s+\w+\s+)?INTO\s|\bUPDATE\s+[a-z_]+\s+SET\b|\bDELETE\s+FROM\s"#
  private static let definition =
    #"\b(?:CREATE|ALTER|DROP)\s+(?:TEMP\s+|TEMPORARY\s+)?(?:UNIQUE\s+)?(?:TABLE|INDEX|TRIGGER|VIEW|TYPE|SCHEMA)\b"#

  /// A table's owner keeps its statements. `Database` is what runs them, the demo CRM is a program apart, and `CRMSchema`
  /// asks a CRM which columns it has.
  private static func mayHoldStatements(_ file: SourceFile) -> Bool {
    file.name.contains("Table") || file.path.hasPrefix("Sources/Shared/Database/")
      || file.path.hasPrefix("Sources/DemoCRM/") || file.path == "Sources/Shared/Connectors/CRM/CRMSchema.swift"
  }

  @Test("SQL statements stand in …Table.swift only")
  func statements() throws {
    let files = try SourceTree.files(in: "Sources")
    let holders = files.filter(Self.mayHoldStatements)
    #expect(
      try holders.contains { try !$0.places(of: Self.statement).isEmpty }, "the pattern finds what it is looking for")
    let findings = try files.filter { !Self.mayHoldStatements($0) }.flatMap { try $0.places(of: Self.statement) }
    #expect(findings == [])
  }

  /// What has to be there before the first migration, or goes with all of them.
  private static let definers: Set<String> = [
    // The table of migrations.
    "Sources/Shared/Database/Migrator.swift",
    // The engine's own book of commits, which stores without our migrations have too.
    "Sources/Shared/Database/PostgreSQL/PostgresLink.swift",
    // The schema that holds the tables.
    "Sources/Shared/Database/PostgreSQL/ServerEngine.swift",
    // Lets the triggers of a store rest while another one is copied into it.
    "Sources/Shared/LeadStore/PromotionTable.swift",
    // Remove the schemas that they made for a measurement and for a simulated world.
    "Sources/Shared/QueueBench/BenchTable.swift", "Sources/Shared/Simulation/World/SimulatedStoreTable.swift",
  ]

  @Test("the schema is defined in migrations only, but for what holds the tables and the engines' own")
  func definitions() throws {
    let files = try SourceTree.files(in: "Sources").filter {
      !$0.path.hasPrefix("Sources/DemoCRM/") && !Self.definers.contains($0.path)
    }
    let findings = try files.flatMap { try $0.places(of: Self.definition) }
    #expect(findings == [])
    let migrations = try SourceTree.files(in: "migrations", endingIn: ".sql")
    #expect(
      try migrations.contains { try !$0.places(of: Self.definition).isEmpty },
      "the pattern finds what it is looking for")
  }

  @Test("no file is longer than 450 lines")
  func sizes() throws {
    var files = try SourceTree.files(in: "Sources") + SourceTree.files(in: "Tests")
    files += try SourceTree.files(in: "scripts", endingIn: ".sh") + SourceTree.files(in: "migrations", endingIn: ".sql")
    #expect(files.filter { $0.lineCount > 450 }.map { "\($0.path): \($0.lineCount) lines" } == [])
  }

  @Test(
    "statements and definitions are told from other text",
    arguments: [
      (#"try tx.run("SELECT 1")"#, true, false), (#"tx.run("INSERT INTO job (id) VALUES (1)")"#, true, false),
      ("      UPDATE job SET state = 'leased'", true, false), ("  DELETE FROM cooldown", true, false),
      ("// SELECT is explained here", false, false), (#"log("Selected 5 leads, update follows")"#, false, false),
      ("CREATE UNIQUE INDEX a ON b (c)", false, true), (#""the table is created""#, false, false),
      (#"open("http://x//y"); run("DROP TABLE a")"#, false, true),
    ])
  func patterns(line: String, isStatement: Bool, isDefinition: Bool) throws {
    let file = SourceFile(path: "A.swift", text: line)
    #expect(try file.places(of: Self.statement).isEmpty == !isStatement)
    #expect(try file.places(of: Self.definition).isEmpty == !isDefinition)
  }
}
