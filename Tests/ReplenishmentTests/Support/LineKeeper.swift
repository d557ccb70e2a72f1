import Logging

/// Hands on every line of a log, its metadata behind it.
struct LineKeeper: LogHandler {
  var metadata: Logger.Metadata = [:]
  var logLevel = Logger.Level.trace
  private let keep: @Sendable (String) -> Void

  init(_ keep: @escaping @Sendable (String) -> Void) {
    self.keep = keep
  }

  subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  func log(event: LogEvent) {
    let members = (event.metadata ?? [:]).sorted { $0.key < $1.key }.map { " \($0.key)=\($0.value)" }
    keep(event.message.description + members.joined())
  }
}
