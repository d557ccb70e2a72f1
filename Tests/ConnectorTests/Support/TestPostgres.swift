import Database
import Foundation

/// The temporary PostgreSQL cluster that `make test` starts.
enum TestPostgres {
  struct Missing: Error, CustomStringConvertible {
    let description =
      "LEAD_TEST_POSTGRES_URL is not set: run the tests by `make test`, which starts a temporary PostgreSQL"
  }

  /// A superuser's URL of the cluster. Throws, so that the suite fails, where there is none.
  static func url() throws -> String {
    guard let url = ProcessInfo.processInfo.environment["LEAD_TEST_POSTGRES_URL"], !url.isEmpty else { throw Missing() }
    return url
  }

  static func connect(readOnly: Bool = false) throws -> PostgresConnection {
    try PostgresConnection(url: url(), options: PostgresOptions(readOnly: readOnly, applicationName: "connector-tests"))
  }
}
