import Database
import Leads
import Timekeeping

/// Reads the CRM's PostgreSQL: stock, and what became of our leads.
///
/// Every reading makes a connection of its own, looks at the schema and leaves nothing open behind it. So whatever went
/// wrong before, the next reading starts afresh, and a CRM that was upgraded meanwhile is seen as it is.
struct PostgresStockReader: CRMDatabase {
  /// Rows to look for in one statement.
  private static let rowsMax = 1000
  /// Rows of the CRM in one answer.
  private static let answerRowsMax = 200_000

  /// Rows of one statement when all are looked at.
  private static let sweepRowsMax = 5000

  private let address: CRMDatabaseAddress
  private let options: PostgresOptions
  private let thread = DedicatedThread(name: "crm-database")
  private let missing = SharedNotes()

  init(address: CRMDatabaseAddress, settings: CRMClientSettings) {
    self.address = address
    options = PostgresOptions(
      connectTimeout: settings.connectTimeout, statementTimeout: settings.healthTimeout, readOnly: true,
      applicationName: "lead-queue")
  }

  /// What the last reading could not take into account.
  var notes: [String] { missing.current }

  /// Connects and looks at the schema. Throws `databaseUnreachable`, `schemaUnsupported`.
  func check() async throws(CRMError) {
    try await reading { _, _ in }
  }

  /// A few statements on one snapshot. Throws `databaseUnreachable`, `schemaUnsupported`.
  func read(window: Duration, now: Timestamp) async throws(CRMError) -> Stock {
    try await reading { connection, schema in
      var count = StockCount()
      let groups = try connection.query(
        CRMLeadTable(schema: schema).stockStatement, [.real(window.inSeconds)], CRMLeadTable.group)
      for group in groups { count.add(group) }
      let table = CRMLeadTable(schema: schema)
      let agents = try connection.first(CRMLeadTable.activeAgentsStatement) { $0.int(0) }
      let teams = try table.teamsStatement.map {
        try connection.query($0, [.real(window.inSeconds)], CRMLeadTable.team)
      }
      if let statement = table.regionsStatement {
        for part in try connection.query(statement, [.real(window.inSeconds)], CRMLeadTable.regionPart) {
          count.add(part)
        }
      }
      return count.stock(
        activeAgents: agents ?? 0, takenAt: now, teams: teams, showsRegions: table.regionsStatement != nil)
    }
  }

  /// One finding a row, in their order. By our marker where the CRM keeps it, else as `ReadBackMatch` says.
  func readBack(_ rows: [ReadBackRow], after: Int64) async throws(CRMError) -> [ReadBackFinding] {
    try await reading { connection, schema in
      var findings: [ReadBackFinding] = []
      for start in stride(from: 0, to: rows.count, by: Self.rowsMax) {
        let part = Array(rows[start..<min(start + Self.rowsMax, rows.count)])
        let found =
          schema.hasMarker
          ? try Self.byMarker(part, schema, connection) : try Self.byFields(part, after, schema, connection)
        findings += ReadBackMatch(rows: part, after: after, knowsMarkers: schema.hasMarker).findings(among: found)
      }
      return findings
    }
  }

  func sightings(after id: Int64) async throws(CRMError) -> (page: [CRMSighting], showsMarkers: Bool) {
    try await reading { connection, schema in
      if !schema.hasMarker { try schema.requireFields() }
      let page = try connection.query(
        CRMLeadTable(schema: schema).sweepStatement, [.integer(id), .int(Self.sweepRowsMax)],
        schema.hasMarker ? CRMLeadTable.markedSighting : CRMLeadTable.unmarkedSighting)
      return (page, schema.hasMarker)
    }
  }

  /// Ascending. Where the CRM keeps no markers, rows are known by npi and contact data alone.
  func newLeads(after: Int64, limit: Int) async throws(CRMError) -> [CRMNewLead] {
    try await reading { connection, schema in
      try schema.requireFields()
      return try connection.query(
        CRMLeadTable(schema: schema).newLeadsStatement, [.integer(after), .int(limit)]
      ) { row in
        let candidate = ReadBackMatch.Candidate(
          id: row.int64(0), npi: row.optionalText(1), marker: row.optionalText(2),
          key: LeadKey.identifying(
            owner: row.optionalText(3), practice: row.optionalText(4), phone: row.optionalText(5),
            zip: row.optionalText(6)))
        return CRMNewLead(
          candidate, showsMarker: schema.hasMarker, age: row.optionalInt64(7).map { .seconds(max(0, $0)) })
      }
    }
  }

  private static func byMarker(
    _ rows: [ReadBackRow], _ schema: CRMSchema, _ connection: any Connection
  ) throws -> [ReadBackMatch.Candidate] {
    let found = try connection.query(
      CRMLeadTable(schema: schema).byMarkerStatement,
      [.text(array(rows.compactMap(\.npi))), .text(array(rows.map(\.marker))), .int(answerRowsMax + 1)]
    ) { ReadBackMatch.Candidate(id: $0.int64(0), npi: $0.optionalText(1), marker: $0.optionalText(2), key: nil) }
    return try bounded(found)
  }

  private static func byFields(
    _ rows: [ReadBackRow], _ after: Int64, _ schema: CRMSchema, _ connection: any Connection
  ) throws -> [ReadBackMatch.Candidate] {
    try schema.requireFields()
    let found = try connection.query(
      CRMLeadTable.byFieldsStatement,
      [.text(array(rows.compactMap(\.npi))), .integer(after), .int(answerRowsMax + 1)]
    ) { row in
      ReadBackMatch.Candidate(
        id: row.int64(0), npi: row.optionalText(1), marker: nil,
        key: LeadKey.identifying(
          owner: row.optionalText(2), practice: row.optionalText(3), phone: row.optionalText(4),
          zip: row.optionalText(5)))
    }
    return try bounded(found)
  }

  private static func bounded(_ found: [ReadBackMatch.Candidate]) throws -> [ReadBackMatch.Candidate] {
    guard found.count <= answerRowsMax else {
      throw CRMError.unexpectedAnswer("more than \(answerRowsMax) leads of the CRM match a read-back")
    }
    return found
  }

  /// PostgreSQL's text form of an array of texts.
  static func array(_ texts: [String]) -> String {
    let items = texts.map { text in
      "\"" + text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\""
    }
    return "{" + items.joined(separator: ",") + "}"
  }

  /// Runs `body` in one short read-only transaction on a new connection.
  private func reading<Value: Sendable>(
    _ body: @escaping @Sendable (any Connection, CRMSchema) throws -> Value
  ) async throws(CRMError) -> Value {
    do {
      let (value, notes) = try await thread.run { [address, options] in
        let connection = try PostgresConnection(url: address.url, options: options)
        let schema = try CRMSchema(of: connection)
        // One snapshot for all statements. An error closes the connection, and with it the transaction.
        try connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        let value = try body(connection, schema)
        try connection.execute("COMMIT")
        return (value, schema.notes)
      }
      missing.replace(notes)
      return value
    } catch let error as CRMError {
      throw error
    } catch let error as DatabaseError {
      throw Self.error(error)
    } catch {
      throw .databaseUnreachable("the reading failed")
    }
  }

  static func error(_ error: DatabaseError) -> CRMError {
    switch error {
    case .cannotOpen(let server, let reason): .databaseUnreachable("\(server): \(reason)")
    case .authenticationFailed(let reason): .databaseUnreachable("it refuses the login: \(reason)")
    case .timedOut(let reason): .databaseUnreachable("no answer in time (\(reason))")
    case .connectionLost(let reason): .databaseUnreachable("the connection broke: \(reason)")
    case .failed("42501", let message): .schemaUnsupported(message)
    case .failed(let code, let message) where code.hasPrefix("42"): .schemaUnsupported("\(message) (\(code))")
    default: .databaseUnreachable(error.description)
    }
  }
}
