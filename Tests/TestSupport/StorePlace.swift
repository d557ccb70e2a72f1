public import Database
import Foundation
import Synchronization

/// A place for the stores of one test: a folder of its own, or schemas of its own in the temporary PostgreSQL cluster. All of it
/// is removed when this object goes.
public final class StorePlace: Sendable {
  public let engine: Engine
  /// For files, on both engines.
  public let folder: TemporaryFolder
  private let url: String
  private let schemas = Mutex<Set<String>>([])
  private let prefix = UUID().uuidString.lowercased().filter { $0 != "-" }
  private let seat: Seat?

  struct Missing: Error, CustomStringConvertible {
    let description =
      "LEAD_TEST_POSTGRES_URL is not set: run the tests by `make test`, which starts a temporary PostgreSQL"
  }

  /// Waits until there is room: a cluster has only so many connections. Throws where there is no cluster, so that the test fails.
  public init(_ engine: Engine = .current) async throws {
    self.engine = engine
    folder = try TemporaryFolder()
    switch engine {
    case .sqlite: (url, seat) = ("", nil)
    case .postgresql:
      url = try Self.clusterURL()
      seat = await Seats.cluster.take()
    }
  }

  deinit {
    let schemas = schemas.withLock { $0 }
    guard !schemas.isEmpty else { return }
    do {
      let connection = try PostgresConnection(
        url: url, options: PostgresOptions(readOnly: false, applicationName: "test"))
      for schema in schemas { try connection.execute("DROP SCHEMA IF EXISTS \"\(schema)\" CASCADE") }
    } catch {
      print("left behind: \(schemas): \(error)")
    }
  }

  /// A superuser's URL of the temporary cluster that `make test` starts.
  public static func clusterURL() throws -> String {
    guard let url = ProcessInfo.processInfo.environment["LEAD_TEST_POSTGRES_URL"], !url.isEmpty else { throw Missing() }
    return url
  }

  /// The store of this name; the same one each time.
  public func address(_ name: String = "store") -> StoreAddress {
    switch engine {
    case .sqlite: .file(folder.file(name + ".db"))
    case .postgresql: .server(server(name))
    }
  }

  /// What tells a program to use the store of this name.
  public func variables(_ name: String = "store") -> [String: String] {
    switch address(name) {
    case .file(let path): ["LEAD_STORE": path]
    case .server(let server): ["LEAD_STORE": server.url, "LEAD_STORE_SCHEMA": server.schema]
    }
  }

  /// A store of this name in the cluster.
  private func server(_ name: String) -> ServerAddress {
    let schema = "t\(prefix)_\(name.lowercased().filter { $0.isLetter || $0.isNumber })"
    schemas.withLock { _ = $0.insert(schema) }
    return ServerAddress(url: url, shownURL: "postgresql://test", schema: schema)
  }
}

/// How many tests may use the cluster at once.
private final class Seats: Sendable {
  static let cluster = Seats(16)

  private struct State {
    var free: Int
    var waiting: [CheckedContinuation<Void, Never>] = []
  }

  private let state: Mutex<State>

  init(_ count: Int) {
    state = Mutex(State(free: count))
  }

  func take() async -> Seat {
    await withCheckedContinuation { continuation in
      let isFree = state.withLock { state in
        guard state.free == 0 else {
          state.free -= 1
          return true
        }
        state.waiting.append(continuation)
        return false
      }
      if isFree { continuation.resume() }
    }
    return Seat(of: self)
  }

  fileprivate func giveBack() {
    let next = state.withLock { state in
      guard state.waiting.isEmpty else { return state.waiting.removeFirst() as CheckedContinuation<Void, Never>? }
      state.free += 1
      return nil
    }
    next?.resume()
  }
}

/// One of them, until it goes.
private final class Seat: Sendable {
  private let seats: Seats

  init(of seats: Seats) {
    self.seats = seats
  }

  deinit {
    seats.giveBack()
  }
}
