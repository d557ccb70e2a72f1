import Logging
import Synchronization
import Telemetry

/// Writes what a process measures into a file, at intervals and at its end, for the textfile collector of Prometheus's
/// node_exporter (https://github.com/prometheus/node_exporter#textfile-collector).
package final class MetricsRecorder: Sendable {
  private static let interval = Duration.seconds(15)

  private let registry: MetricsRegistry
  private let file: MetricsFile
  private let labels: MetricsText.Labels
  private let logger: Logger
  private let isFailing = Mutex(false)

  /// The file's own name is the label `process`: collectors put all files together, and refuse series that come twice.
  init(_ registry: MetricsRegistry, file: MetricsFile, logger: Logger) {
    self.registry = registry
    self.file = file
    self.logger = logger
    labels = [("process", file.process)]
  }

  /// Writes until it is cancelled.
  func run() async {
    while !Task.isCancelled {
      write()
      // Cancelled, it ends at once.
      try? await Task.sleep(for: Self.interval)
    }
  }

  /// A file that cannot be written keeps nobody from work: it is said once, and once more when it can be again.
  func write() {
    var text = MetricsText()
    registry.tell(labels, to: &text)
    do throws(MetricsFile.Failure) {
      try file.replace(with: text.text)
      if isFailing.withLock({ $0.exchange(with: false) }) {
        logger.notice("metrics are written again", metadata: ["file": "\(file.path)"])
      }
    } catch {
      guard !isFailing.withLock({ $0.exchange(with: true) }) else { return }
      logger.warning(
        "metrics cannot be written", metadata: ["file": "\(file.path)", "reason": "\(error.reason)"])
    }
  }
}

extension Bool {
  /// Returns what it was.
  fileprivate mutating func exchange(with new: Bool) -> Bool {
    defer { self = new }
    return self
  }
}

extension Program {
  /// Runs `body` as the program's work, and writes beside it what is measured, the last time when it has ended.
  package func recorded<Value: Sendable>(_ body: () async throws -> Value) async throws -> Value {
    guard let recorder else { return try await body() }
    defer { recorder.write() }
    return try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { await recorder.run() }
      defer { group.cancelAll() }
      return try await body()
    }
  }
}
