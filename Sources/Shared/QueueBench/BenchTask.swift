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
    /// Keeps a pool that has nothing to do for `milliseconds`.
    case idle
  }

  var role: Role
  /// The path of a store that `BenchStore.make` made.
  var store: String
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
