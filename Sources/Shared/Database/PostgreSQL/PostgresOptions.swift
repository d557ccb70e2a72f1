import Timekeeping

/// How a `PostgresConnection` is opened. All time-outs are above zero.
public struct PostgresOptions: Sendable, Equatable {
  /// For name lookup's answers, connecting, TLS, login and the session's settings together. The system's name lookup
  /// itself cannot be interrupted and keeps its own time-outs.
  public var connectTimeout: Duration
  /// For one call, from sending to the last row. The server is told to give up a little earlier (`serverTimeout`).
  public var statementTimeout: Duration
  /// Every transaction is read-only; a write fails with `readOnly`.
  public var readOnly: Bool
  /// Shown in `pg_stat_activity`, unless the URL names another.
  public var applicationName: String
  /// For a lock that another session holds, then `busy`; nil: as long as a statement may take.
  public var lockTimeout: Duration?
  /// How long the server lets the session stay in a transaction without a statement before it ends the session: a program
  /// stopped in mid-transaction must not hold back the server's clean-up, nor other programs.
  public var idleInTransactionTimeout = Duration.seconds(30)
  /// The schema in which names are looked up; nil: the server's setting.
  public var schema: String?
  /// Whether commits wait for the server's disk even where the server's setting is not to.
  public var syncsCommits = false
  /// Whether the session is this connection's alone. Of a pooler's, which serves others with the next transaction, nothing is changed:
  /// no statement is kept in it and no setting made, so that each transaction has to bring its own.
  public var ownsSession = true

  /// See the properties.
  public init(
    connectTimeout: Duration = .seconds(5), statementTimeout: Duration = .seconds(8), readOnly: Bool,
    applicationName: String
  ) {
    precondition(connectTimeout > .zero && statementTimeout > .zero, "a time-out is above zero")
    self.connectTimeout = connectTimeout
    self.statementTimeout = statementTimeout
    self.readOnly = readOnly
    self.applicationName = applicationName
  }

  /// The server's `statement_timeout`: a tenth, at most half a second, below ours, so that a server that is merely slow
  /// cancels the statement itself instead of finishing it for nobody.
  var serverTimeout: Duration {
    max(.milliseconds(1), statementTimeout - min(statementTimeout / 10, .milliseconds(500)))
  }

  /// The settings as statements, for the session (`SET`) or for the transaction at hand (`SET LOCAL`).
  func settings(_ set: String) -> String {
    var settings = [
      "statement_timeout = \(serverTimeout.wholeMilliseconds)",
      "idle_in_transaction_session_timeout = \(idleInTransactionTimeout.wholeMilliseconds)",
      "default_transaction_read_only = \(readOnly ? "on" : "off")", "bytea_output = 'hex'",
    ]
    if let lockTimeout { settings.append("lock_timeout = \(lockTimeout.wholeMilliseconds)") }
    if let schema { settings.append("search_path = \(PostgresName.quoted(schema))") }
    var script = settings.map { "\(set) \($0);" }.joined(separator: " ")
    if syncsCommits {
      // Stricter settings, which wait for standbys too, stay.
      script += """
         SELECT set_config('synchronous_commit', 'on', \(set == "SET" ? "false" : "true"))
         WHERE current_setting('synchronous_commit') = 'off';
        """
    }
    return script
  }
}

extension Duration {
  /// At least 1, since 0 turns PostgreSQL's time-outs off.
  fileprivate var wholeMilliseconds: Int64 {
    max(1, milliseconds)
  }
}

/// Names in statements.
enum PostgresName {
  /// The name as an identifier that keeps its letters as they are.
  static func quoted(_ name: String) -> String {
    "\"" + name.replacing("\"", with: "\"\"") + "\""
  }
}
