/// What keeps a measurement from its result.
package enum QueueBenchError: Error, Sendable, Equatable {
  /// No folder can be made at this place.
  case noFolder(String, reason: String)
  /// The raw loop failed.
  case raw(String)
  /// A process that was started to measure ended early or answered something else.
  case process(String)
  /// Jobs were not finished although the pool says so: what was measured is not what was meant.
  case unfinished(queue: String)
}

extension QueueBenchError: CustomStringConvertible {
  package var description: String {
    switch self {
    case .noFolder(let path, let reason): "Cannot make a folder for the measurement in \(path): \(reason)"
    case .raw(let reason): "The raw loop failed: \(reason)"
    case .process(let reason): "A measuring process failed: \(reason)"
    case .unfinished(let queue): "Jobs of the queue \(queue) were left unfinished by a pool that had drained"
    }
  }
}
