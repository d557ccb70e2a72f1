package import Database
package import Dispatch
import Foundation
import Synchronization

/// The place of a measurement: a temporary folder on the file system to be measured, or schemas on a server, and the processes
/// that work in it.
///
/// `remove()` takes all of it away; with `removeAtSignals()` so does what ends the process from outside.
package final class BenchGround: Sendable {
  private static let signals = [SIGINT, SIGTERM, SIGHUP]

  package let folder: String
  /// Where stores are made; nil: in the folder. Its schema is not touched: each store gets one of its own.
  package let server: ServerAddress?
  private let state = Mutex(State())
  /// Held while something is being removed: whoever comes second returns, and may end the process, only when nothing is left.
  private let removing = Mutex(())

  private struct State {
    var processes: Set<pid_t> = []
    var schemas: Set<String> = []
    var isRemoved = false
  }

  /// Makes the folder in `parent`, which must exist. Throws `noFolder`.
  package init(in parent: String, server: ServerAddress? = nil) throws(QueueBenchError) {
    self.server = server
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

  /// Ends what still runs and removes the folder and the schemas. Blocks, also while a signal has them removed.
  package func remove() {
    removing.withLock { _ in removeAll() }
  }

  private func removeAll() {
    let (processes, schemas) = state.withLock { state in
      defer { state = State(isRemoved: true) }
      return (state.processes, state.schemas)
    }
    for process in processes { kill(process, SIGKILL) }
    for schema in schemas { drop(schema) }
    Self.clear(folder)
  }

  /// The place of a new store: a folder inside, or a schema.
  func place(_ name: String) throws(QueueBenchError) -> StoreAddress {
    if var server {
      server.schema = Self.schema(name)
      state.withLock { _ = $0.schemas.insert(server.schema) }
      return .server(server)
    }
    let path = "\(folder)/\(name)"
    guard mkdir(path, 0o700) == 0 else { throw .noFolder(folder, reason: String(cString: strerror(errno))) }
    return .file("\(path)/store.db")
  }

  /// Removes it again, to give its space back.
  func removePlace(_ name: String) throws {
    guard server != nil else { return try FileManager.default.removeItem(atPath: "\(folder)/\(name)") }
    let schema = Self.schema(name)
    state.withLock { _ = $0.schemas.remove(schema) }
    drop(schema)
  }

  private static func schema(_ name: String) -> String {
    "lead_queue_bench_\(getpid())_\(name.replacing("-", with: "_"))"
  }

  /// What cannot be dropped is told: it stays on the server.
  private func drop(_ schema: String) {
    guard let server else { return }
    do {
      try BenchTable.drop(schema, on: server)
    } catch {
      FileHandle.standardError.write(Data("Warning: the schema \(schema) is left on the server: \(error)\n".utf8))
    }
  }

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
        removing.withLock { _ in
          removeAll()
          // Whoever started us sees what ended us, and not the failure of what was being measured.
          signal(number, SIG_DFL)
          kill(getpid(), number)
        }
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
