package import Dispatch
import Foundation
import Synchronization

/// The place of a measurement: a temporary folder on the file system to be measured, and the processes that work in it.
///
/// `remove()` takes all of it away; with `removeAtSignals()` so does what ends the process from outside.
package final class BenchGround: Sendable {
  private static let signals = [SIGINT, SIGTERM, SIGHUP]

  package let folder: String
  private let state = Mutex(State())

  private struct State {
    var processes: Set<pid_t> = []
    var isRemoved = false
  }

  /// Makes the folder in `parent`, which must exist. Throws `noFolder`.
  package init(in parent: String) throws(QueueBenchError) {
    var template = Array("\(parent)/lead-queue-bench-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else {
      throw .noFolder(parent, reason: String(cString: strerror(errno)))
    }
    folder = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    // A process that has ended is noticed by what it did not answer.
    signal(SIGPIPE, SIG_IGN)
  }

  deinit {
    Self.clear(folder)
  }

  /// Ends what still runs and removes the folder.
  package func remove() {
    let processes = state.withLock { state in
      defer { state = State(isRemoved: true) }
      return state.processes
    }
    for process in processes { kill(process, SIGKILL) }
    Self.clear(folder)
  }

  /// A new folder inside.
  func subfolder(_ name: String) throws(QueueBenchError) -> String {
    let path = "\(folder)/\(name)"
    guard mkdir(path, 0o700) == 0 else { throw .noFolder(folder, reason: String(cString: strerror(errno))) }
    return path
  }

  /// Removes it again, to give its space back.
  func removeSubfolder(_ name: String) throws { try FileManager.default.removeItem(atPath: "\(folder)/\(name)") }

  func noteStarted(_ process: pid_t) {
    let isLate = state.withLock { state in
      if !state.isRemoved { state.processes.insert(process) }
      return state.isRemoved
    }
    if isLate { kill(process, SIGKILL) }
  }

  func noteEnded(_ process: pid_t) { _ = state.withLock { $0.processes.remove(process) } }

  /// Removes everything at SIGINT, SIGTERM and SIGHUP, and then lets them end the process as they would have. Keep what it
  /// returns until `remove()`.
  package func removeAtSignals() -> [any DispatchSourceSignal] {
    Self.signals.map { number in
      signal(number, SIG_IGN)
      let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
      source.setEventHandler { [self] in
        remove()
        // Whoever started us sees what ended us.
        signal(number, SIG_DFL)
        kill(getpid(), number)
      }
      source.resume()
      return source
    }
  }

  /// Again when something was still being written into it.
  private static func clear(_ folder: String) {
    for _ in 0..<3 where access(folder, F_OK) == 0 {
      do {
        try FileManager.default.removeItem(atPath: folder)
      } catch {
        usleep(20_000)
      }
    }
  }
}
