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

  /// How long the server lets a session stay in a transaction without a statement before it ends the session: a program
  /// stopped in mid-transaction must not hold back the server's clean-up.
  static let idleInTransactionTimeout = Duration.seconds(30)

  /// The server's `statement_timeout`: a tenth, at most half a second, below ours, so that a server that is merely slow
  /// cancels the statement itself instead of finishing it for nobody.
  var serverTimeout: Duration {
    max(.milliseconds(1), statementTimeout - min(statementTimeout / 10, .milliseconds(500)))
  }
}
