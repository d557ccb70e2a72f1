/// What can go wrong with a bulk request, as seen at the wire. "Commit" includes the redistribution that follows it.
enum Fault: String, Sendable, CaseIterable {
  /// Commit, then close the connection without an answer.
  case drop
  /// Commit, then an answer with the right Content-Length that is cut off in the middle.
  case half
  /// Commit, then 200 with a web page.
  case html
  /// Commit, then 500 `{"error","request_id","timestamp"}`.
  case late500
  /// Commit, then silence until the client gives up. Other requests go on.
  case hang
  /// Commit, then the answer after `--slow-seconds`; the CRM is busy meanwhile.
  case slow
  /// Close the connection before anything is done.
  case close
  /// 500 `{"error","request_id","timestamp"}` before anything is done.
  case s500
  /// 429 before anything is done.
  case s429
  /// 401 before anything is done.
  case s401
  /// The request is processed twice, as by a proxy that sends again; the second answer is returned.
  case dup
}
