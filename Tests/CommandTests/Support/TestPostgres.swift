import Database
import Foundation

/// A database of a test's own on the temporary PostgreSQL cluster that `make test` starts.
struct TestPostgres: Sendable {
  struct Missing: Error, CustomStringConvertible {
    let description =
      "LEAD_TEST_POSTGRES_URL is not set: run the tests by `make test`, which starts a temporary PostgreSQL"
  }

  /// In place of the cluster of `make test`, for the test at hand.
  @TaskLocal static var cluster: String?

  let url: String
  private let name: String

  /// Makes a database. Throws `Missing` where there is no cluster, so that no test is skipped unseen.
  init() throws {
    name = "command_tests_\(UInt64.random(in: 0 ... .max))"
    let server = try Self.server()
    try Self.connect(server).execute("CREATE DATABASE \(name)")
    url = Self.naming(name, in: server)
  }

  func drop() throws {
    try Self.connect(Self.server()).execute("DROP DATABASE \(name) WITH (FORCE)")
  }

  static func server() throws -> String {
    if let cluster { return cluster }
    guard let url = ProcessInfo.processInfo.environment["LEAD_TEST_POSTGRES_URL"], !url.isEmpty else { throw Missing() }
    return url
  }

  /// The URL with another database: libpq lets a later dbname in the query win over the path.
  static func naming(_ database: String, in url: String) -> String {
    url + (url.contains("?") ? "&" : "?") + "dbname=\(database)"
  }

  static func connect(_ url: String) throws -> PostgresConnection {
    try PostgresConnection(url: url, options: PostgresOptions(readOnly: false, applicationName: "command-tests"))
  }
}
