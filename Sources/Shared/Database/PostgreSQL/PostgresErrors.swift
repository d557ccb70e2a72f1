import CPostgres

extension DatabaseError {
  /// The error of a failed result: SQLSTATE (https://www.postgresql.org/docs/15/errcodes-appendix.html) and primary
  /// message only. DETAIL, HINT and CONTEXT may hold values of rows.
  init(postgres result: OpaquePointer) {
    guard let code = Self.field("C", of: result) else {
      // Made by libpq itself: the connection broke.
      self = .connectionLost(reason: "the server closed the connection")
      return
    }
    // The session is over, whatever the reason: poolers say 08P01 when the server behind them has gone.
    guard Self.severity(of: result) != "FATAL", Self.severity(of: result) != "PANIC" else {
      self = .connectionLost(reason: "ended by the server (\(code))")
      return
    }
    let message = Self.field("M", of: result) ?? ""
    self.init(sqlState: code, message: message)
  }

  init(sqlState code: String, message: String) {
    switch code {
    case "23505": self = .constraint(.unique, message: message)
    case "23514": self = .constraint(.check, message: message)
    case "23502": self = .constraint(.notNull, message: message)
    case "23503", "23001": self = .constraint(.foreignKey, message: message)
    // RAISE EXCEPTION, which only the schema's triggers use.
    case "P0001": self = .constraint(.trigger, message: message)
    case "25006": self = .readOnly("PostgreSQL")
    case "53100": self = .diskFull("PostgreSQL")
    case "57014": self = .timedOut(reason: "the server cancelled the statement")
    case "55P03": self = .busy("PostgreSQL", waited: .seconds(10))
    case "57P01", "57P02", "57P03", "57P05", "25P03", "08000", "08003", "08006":
      self = .connectionLost(reason: "ended by the server (\(code))")
    case "XX001", "XX002": self = .corrupt("PostgreSQL")
    case _ where code.hasPrefix("23"): self = .constraint(.other, message: message)
    case _ where code.hasPrefix("28"): self = .authenticationFailed(reason: "not allowed (\(code))")
    // Data exceptions quote the value they complain about.
    case _ where code.hasPrefix("22"): self = .failed(code: code, message: Self.withoutQuotes(message))
    default: self = .failed(code: code, message: message)
    }
  }

  /// `text` with everything from its first to its last double quote left out.
  static func withoutQuotes(_ text: String) -> String {
    guard let first = text.firstIndex(of: "\""), let last = text.lastIndex(of: "\"") else { return text }
    return text[..<first] + "…" + text[text.index(after: last)...]
  }

  /// The SQLSTATE in a failed connection's message, written at verbosity `PQERRORS_SQLSTATE`: five of A–Z and 0–9 that
  /// end a line after a colon. The last one, where several servers or TLS and plain text were tried.
  static func connectState(in message: String) -> String? {
    for line in message.split(separator: "\n").reversed() {
      let tail = line.suffix(6)
      guard tail.first == " ", line.dropLast(6).contains(":") else { continue }
      let state = tail.dropFirst()
      if state.count == 5, state.allSatisfy({ $0.isASCII && ($0.isUppercase || $0.isNumber) }) { return String(state) }
    }
    return nil
  }

  /// In English where the server gives it so; poolers give only that of people, which is English too.
  private static func severity(of result: OpaquePointer) -> String? {
    field("V", of: result) ?? field("S", of: result)
  }

  /// `code` is the letter of postgres_ext.h's PG_DIAG_… macros, which Swift does not import.
  private static func field(_ code: Unicode.Scalar, of result: OpaquePointer) -> String? {
    PQresultErrorField(result, Int32(code.value)).map { String(cString: $0) }
  }
}
