import Database

/// What a process that is started to measure is to do.
struct BenchTask: Sendable, Codable, Equatable {
  enum Role: String, Sendable, Codable {
    /// Works on jobs with a pool for `milliseconds`, and now and then writes something small of its own.
    case work
    /// Commits small transactions, one after another, for `milliseconds`.
    case write
    /// Notes when each job begins that a pool is given.
    case listen
    /// The same in C, woken by a byte on standard input.
    case listenRaw = "listen_raw"
    /// Works on jobs with the raw loop for `milliseconds`.
    case workRaw = "work_raw"
    /// Keeps a pool that has nothing to do for `milliseconds`.
    case idle
  }

  /// A store that `BenchStore.make` made. A server's URL may hold a password, so it travels in the environment
  /// (`serverVariable`), never in an argument.
  enum Place: Sendable, Codable, Equatable {
    case file(String)
    case schema(String, isNotifying: Bool)

    static let serverVariable = "LEAD_STORE"

    init(_ address: StoreAddress) {
      switch address {
      case .file(let path): self = .file(path)
      case .server(let server): self = .schema(server.schema, isNotifying: server.isNotifying)
      }
    }

    /// `serverURL` as it came in the environment.
    func address(serverURL: String) -> StoreAddress {
      switch self {
      case .file(let path): .file(path)
      case .schema(let schema, let isNotifying):
        .server(
          ServerAddress(url: serverURL, shownURL: "the server", schema: schema, isNotifying: isNotifying))
      }
    }
  }

  var role: Role
  var store: Place
  var batch = 1
  var isPower = false
  var milliseconds = 0
  /// Jobs listened to at the most.
  var samples = 0
}

/// What it found.
struct BenchFinding: Sendable, Codable, Equatable {
  var jobs = 0
  /// Transactions of its own.
  var writes = 0
  var seconds = 0.0
  /// From the call of `Store.write` to its return.
  var longestWriteMilliseconds = 0.0
  var starts: [JobStart] = []
  /// Processor time, of user and system, in % of one core.
  var processorPercent = 0.0
  /// The most memory that was resident.
  var peakMegabytes = 0.0
}
