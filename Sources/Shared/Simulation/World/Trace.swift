import Logging
import Timekeeping

/// What happened, for people who look into a failure: the last lines, or all of them where somebody watches.
// Unchecked: used on the one thread of `SingleThread` only.
final class Trace: @unchecked Sendable {
  private static let kept = 400

  private let time: SimulatedTime
  private let isWatched: Bool
  private let show: (String) -> Void
  private(set) var last: [String] = []

  /// `show` is given each line when `isWatched`.
  init(time: SimulatedTime, isWatched: Bool, show: @escaping (String) -> Void) {
    self.time = time
    self.isWatched = isWatched
    self.show = show
  }

  func note(_ line: @autoclosure () -> String) {
    let seconds = time.now.components.seconds
    let clock =
      "\(seconds / 86_400)d \(Self.two(seconds / 3600 % 24)):\(Self.two(seconds / 60 % 60)):\(Self.two(seconds % 60))"
    let text = "\(clock).\(time.now.milliseconds % 1000)  \(line())"
    last.append(text)
    if last.count > Self.kept * 2 { last.removeFirst(Self.kept) }
    if isWatched { show(text) }
  }

  /// A logger of a program in the world. Only warnings, unless somebody watches: most of a simulation's time would go into
  /// words.
  func logger(_ name: String) -> Logger {
    var logger = Logger(label: name) { _ in TraceLog(trace: self, name: name) }
    logger.logLevel = isWatched ? .debug : .warning
    return logger
  }

  private static func two(_ number: Int64) -> String { number < 10 ? "0\(number)" : "\(number)" }
}

private struct TraceLog: LogHandler {
  let trace: Trace
  let name: String
  var metadata: Logger.Metadata = [:]
  var logLevel = Logger.Level.warning

  init(trace: Trace, name: String) {
    self.trace = trace
    self.name = name
  }

  subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  func log(event: LogEvent) {
    let more = (event.metadata ?? [:]).sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: " ")
    trace.note("\(name): \(event.level) \(event.message) \(more)")
  }
}
