import CPostgres
import Foundation
import Timekeeping

/// One libpq connection whose every wait ends at a deadline. Nothing in here blocks without one.
final class PostgresSession {
  typealias Deadline = ContinuousClock.Instant

  private let handle: OpaquePointer
  private let limit: WaitLimit

  /// Connects and logs in, or throws `cannotOpen`, `authenticationFailed`, `timedOut`. No wait lasts past `limit`.
  init(url: String, applicationName: String, deadline: Deadline, limit: WaitLimit) throws(DatabaseError) {
    self.limit = limit
    guard Self.isReadable(url) else {
      throw .cannotOpen("PostgreSQL", reason: "the connection URL is not valid (postgresql://user@host:port/database)")
    }
    guard let handle = Self.start(url: url, applicationName: applicationName) else {
      throw .cannotOpen("PostgreSQL", reason: "out of memory")
    }
    self.handle = handle
    // Only the SQLSTATE, since the text may quote what was sent, and is in the server's language.
    PQsetErrorVerbosity(handle, PQERRORS_SQLSTATE)
    PQsetNoticeReceiver(handle, { _, _ in }, nil)
    PQsetNoticeProcessor(handle, { _, _ in }, nil)
    try finishConnecting(deadline)
    PQsetnonblocking(handle, 1)
    PQsetErrorVerbosity(handle, PQERRORS_DEFAULT)
  }

  deinit {
    PQfinish(handle)
  }

  /// Whether no transaction is open.
  var isIdle: Bool { PQtransactionStatus(handle) == PQTRANS_IDLE }

  /// Whether a statement of the open transaction failed.
  var isTransactionFailed: Bool { PQtransactionStatus(handle) == PQTRANS_INERROR }

  var serverVersion: Int { Int(PQserverVersion(handle)) }

  /// A statement with its parameters in text format, their types left to the server.
  struct Request {
    let sql: String
    /// Under which it is kept; nil: it is not.
    let name: String?
    /// Whether it is to be prepared first.
    let isNew: Bool
    let parameters: [String?]
  }

  /// Runs the statements on one way to the server and back, up to the first that fails, and throws its error. Returns the whole result of
  /// the last. (https://www.postgresql.org/docs/15/libpq-pipeline-mode.html)
  func run(_ requests: [Request], deadline: Deadline) throws(DatabaseError) -> PostgresResult {
    guard requests.count != 1 || requests[0].isNew else {
      try send(requests[0])
      return try lastResult(deadline)
    }
    try requireSent(PQenterPipelineMode(handle))
    for request in requests {
      if request.isNew, let name = request.name {
        try requireSent(PQsendPrepare(handle, name, request.sql, 0, nil))
      }
      try send(request)
    }
    try requireSent(PQpipelineSync(handle))
    return try pipelinedResult(deadline)
  }

  private func send(_ request: Request) throws(DatabaseError) {
    let code = request.parameters.withCStrings { parameters in
      let count = Int32(parameters.count)
      guard let name = request.name else {
        return PQsendQueryParams(handle, request.sql, count, nil, parameters, nil, nil, 0)
      }
      return PQsendQueryPrepared(handle, name, count, parameters, nil, nil, 0)
    }
    try requireSent(code)
  }

  /// Runs statements without parameters, up to the first that fails. Returns the result of the last.
  func execute(_ script: String, deadline: Deadline) throws(DatabaseError) -> PostgresResult {
    try requireSent(PQsendQuery(handle, script))
    return try lastResult(deadline)
  }

  /// The payloads of notifications that have come, or come until `deadline`.
  func notifications(until deadline: Deadline) throws(DatabaseError) -> [String] {
    var payloads: [String] = []
    while true {
      while let note = PQnotifies(handle) {
        payloads.append(String(cString: note.pointee.extra))
        PQfreemem(note)
      }
      guard payloads.isEmpty else { return payloads }
      guard try isReady(for: POLLIN, until: deadline) != nil else { return [] }
      guard PQconsumeInput(handle) == 1 else { throw lost() }
    }
  }

  // MARK: Results

  private func requireSent(_ code: Int32) throws(DatabaseError) {
    guard code == 1 else { throw lost() }
  }

  /// Reads until the server is ready for the next statement. Throws the first error among the results.
  private func lastResult(_ deadline: Deadline) throws(DatabaseError) -> PostgresResult {
    try flush(deadline)
    var answer = Answer()
    while true {
      try waitForResult(deadline)
      guard let pointer = PQgetResult(handle) else { return try outcome(answer) }
      try answer.add(PostgresResult(pointer))
    }
  }

  /// As `lastResult`, in pipeline mode, which it leaves.
  private func pipelinedResult(_ deadline: Deadline) throws(DatabaseError) -> PostgresResult {
    try flush(deadline)
    var answer = Answer()
    while !answer.isOver {
      try waitForResult(deadline)
      if let pointer = PQgetResult(handle) {
        try answer.add(PostgresResult(pointer))
      } else if PQstatus(handle) != CONNECTION_OK {
        break
      }
      // Otherwise a statement's results are over, and those of the next follow.
    }
    return try outcome(answer)
  }

  /// What the server said to what was sent.
  private struct Answer {
    var last: PostgresResult?
    var failure: DatabaseError?
    /// The end of a pipeline.
    var isOver = false

    mutating func add(_ result: PostgresResult) throws(DatabaseError) {
      switch PQresultStatus(result.pointer) {
      case PGRES_COMMAND_OK, PGRES_TUPLES_OK, PGRES_EMPTY_QUERY: last = result
      case PGRES_PIPELINE_SYNC: isOver = true
      // Not run, since one before it failed.
      case PGRES_PIPELINE_ABORTED: break
      case PGRES_COPY_IN, PGRES_COPY_OUT, PGRES_COPY_BOTH:
        // The session is in the middle of a transfer that nobody here can end.
        throw .connectionLost(reason: "COPY is not supported")
      default:
        if failure == nil { failure = DatabaseError(postgres: result.pointer) }
      }
    }
  }

  private func outcome(_ answer: Answer) throws(DatabaseError) -> PostgresResult {
    guard PQstatus(handle) == CONNECTION_OK else {
      // The server's own last word (shut down, ended by an administrator) says more than the broken socket.
      if let failure = answer.failure, case .connectionLost = failure { throw failure }
      throw lost()
    }
    // Nothing is under way any more.
    if answer.isOver { try requireSent(PQexitPipelineMode(handle)) }
    if let failure = answer.failure { throw failure }
    guard let last = answer.last else { throw lost() }
    return last
  }

  private func waitForResult(_ deadline: Deadline) throws(DatabaseError) {
    while PQisBusy(handle) == 1 {
      _ = try wait(for: POLLIN, deadline, doing: "no answer")
      // On failure the server's last message may still be among the results.
      guard PQconsumeInput(handle) == 1 else { return }
    }
  }

  private func flush(_ deadline: Deadline) throws(DatabaseError) {
    while true {
      switch PQflush(handle) {
      case 0: return
      case 1:
        // Read as well: a server that waits for us to take its answer would never take our request.
        let events = try wait(for: POLLIN | POLLOUT, deadline, doing: "the request was not taken")
        if events & Int32(POLLIN) != 0 {
          guard PQconsumeInput(handle) == 1 else { throw lost() }
        }
      default: throw lost()
      }
    }
  }

  private func lost() -> DatabaseError {
    .connectionLost(reason: Self.systemReason(handle))
  }

  // MARK: Connecting

  /// libpq's complaint about a malformed URL quotes it, so its text is never used.
  private static func isReadable(_ url: String) -> Bool {
    guard let parts = PQconninfoParse(url, nil) else { return false }
    PQconninfoFree(parts)
    return true
  }

  private static func start(url: String, applicationName: String) -> OpaquePointer? {
    let names = ["dbname", "fallback_application_name", "client_encoding"]
    return names.withCStrings { names in
      [url, applicationName, "UTF8"].withCStrings { values in
        // 1: `dbname` holds a whole connection URL; what follows it wins over the URL.
        PQconnectStartParams(names + [nil], values + [nil], 1)
      }
    }
  }

  private func finishConnecting(_ deadline: Deadline) throws(DatabaseError) {
    guard PQstatus(handle) != CONNECTION_BAD else { throw refused() }
    var next = PGRES_POLLING_WRITING
    while true {
      switch next {
      case PGRES_POLLING_OK: return
      case PGRES_POLLING_READING: _ = try wait(for: POLLIN, deadline, doing: "connecting")
      case PGRES_POLLING_WRITING: _ = try wait(for: POLLOUT, deadline, doing: "connecting")
      default: throw refused()
      }
      next = PQconnectPoll(handle)
    }
  }

  private func refused() -> DatabaseError {
    if PQconnectionNeedsPassword(handle) == 1 { return .authenticationFailed(reason: "it asks for a password") }
    let message = String(cString: PQerrorMessage(handle))
    guard let state = DatabaseError.connectState(in: message) else {
      return .cannotOpen(name, reason: Self.systemReason(handle))
    }
    switch state {
    case "28P01": return .authenticationFailed(reason: "wrong user name or password")
    case _ where state.hasPrefix("28"): return .authenticationFailed(reason: "not allowed to connect (\(state))")
    case "3D000": return .cannotOpen(name, reason: "the database does not exist")
    case "57P03": return .cannotOpen(name, reason: "the server is starting up or shutting down")
    case "53300": return .cannotOpen(name, reason: "the server has no connection left")
    default: return .cannotOpen(name, reason: "the server refused the connection (\(state))")
    }
  }

  /// The server by its numeric address: the host as given could hold a piece of a password that was not escaped.
  private var name: String {
    guard let address = PQhostaddr(handle), address.pointee != 0, let port = Int(String(cString: PQport(handle))) else {
      return "PostgreSQL"
    }
    return "PostgreSQL at \(String(cString: address)):\(port)"
  }

  /// The system's own word in libpq's message, without anything quoted.
  private static func systemReason(_ handle: OpaquePointer) -> String {
    let line = String(cString: PQerrorMessage(handle)).prefix { $0 != "\n" }
    let parts = line.components(separatedBy: ": ")
    let reason = DatabaseError.withoutQuotes(parts.last ?? "")
    return reason.isEmpty ? "the connection broke" : reason
  }

  // MARK: Waiting

  /// Waits until the socket is ready for one of `events` and returns those it is ready for.
  private func wait(
    for events: Int32, _ deadline: Deadline, doing: String
  ) throws(DatabaseError) -> Int32 {
    guard let ready = try isReady(for: events, until: deadline) else { throw .timedOut(reason: doing) }
    return ready
  }

  /// As `wait`; nil when the time is up.
  private func isReady(for events: Int32, until deadline: Deadline) throws(DatabaseError) -> Int32? {
    let socket = PQsocket(handle)
    guard socket >= 0 else { throw lost() }
    var entry = pollfd(fd: socket, events: Int16(events), revents: 0)
    while true {
      let left = limit.limiting(deadline) - .now
      guard left > .zero else { return nil }
      // Rounded up, so that the last wait does not spin.
      let milliseconds = Int32(clamping: min(left, WaitLimit.attention).milliseconds + 1)
      let ready = poll(&entry, 1, milliseconds)
      if ready > 0 { return Int32(entry.revents) }
      guard ready == 0 || errno == EINTR else {
        throw .connectionLost(reason: String(cString: strerror(errno)))
      }
    }
  }
}

/// Owns one result of libpq.
final class PostgresResult {
  let pointer: OpaquePointer

  init(_ pointer: OpaquePointer) {
    self.pointer = pointer
  }

  deinit {
    PQclear(pointer)
  }

  var rowCount: Int32 { PQntuples(pointer) }

  /// Rows inserted, changed or deleted; the command's tag counts the rows of a SELECT too.
  var changedRows: Int {
    let tag = String(cString: PQcmdStatus(pointer))
    guard ["INSERT", "UPDATE", "DELETE", "MERGE"].contains(where: tag.hasPrefix) else { return 0 }
    return Int(String(cString: PQcmdTuples(pointer))) ?? 0
  }
}

extension [String] {
  /// Gives `body` the texts as C strings that live as long as the call.
  fileprivate func withCStrings<Value>(_ body: ([UnsafePointer<CChar>?]) -> Value) -> Value {
    map(Optional.some).withCStrings(body)
  }
}

extension [String?] {
  /// Gives `body` the texts, nil for nil, as C strings that live as long as the call.
  func withCStrings<Value>(_ body: ([UnsafePointer<CChar>?]) -> Value) -> Value {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(reduce(0) { $0 + ($1?.utf8.count ?? 0) + 1 })
    var offsets: [Int?] = []
    for text in self {
      offsets.append(text == nil ? nil : bytes.count)
      if let text {
        // Copies whole buffers; appending byte by byte took most of a bulk insert's time.
        bytes.append(contentsOf: text.utf8)
        bytes.append(0)
      }
    }
    return bytes.withUnsafeBytes { buffer in
      let start = buffer.baseAddress?.assumingMemoryBound(to: CChar.self)
      return body(offsets.map { offset in offset.flatMap { at in start.map { $0 + at } } })
    }
  }
}
