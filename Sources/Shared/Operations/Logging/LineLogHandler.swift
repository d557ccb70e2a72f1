package import Logging

/// What swift-log hands each message to: one line of the activity log. Its level is that of the log until it is set.
package struct LineLogHandler: LogHandler {
  package var metadata: Logger.Metadata = [:]
  package var metadataProvider: Logger.MetadataProvider?

  private let label: String
  private let log: ActivityLog
  private var ownLevel: Logger.Level?

  package init(label: String, log: ActivityLog) {
    self.label = label
    self.log = log
  }

  package var logLevel: Logger.Level {
    get { ownLevel ?? log.level }
    set { ownLevel = newValue }
  }

  package subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  package func log(event: LogEvent) {
    var merged = metadata
    if let metadataProvider { merged.merge(metadataProvider.get()) { _, provided in provided } }
    if let own = event.metadata { merged.merge(own) { _, own in own } }
    log.write(event.level, event.message.description, metadata: merged, label: label, isEchoed: true)
  }
}
