/// What a test waited for did not happen.
struct NeverHappened: Error, CustomStringConvertible {
  let what: String
  let limit: Duration
  let context: String

  var description: String { "Within \(limit) it never happened that \(what). \(context)" }
}

/// Returns when `condition` holds; looks every few milliseconds, and throws `NeverHappened` at the limit. `context` is shown
/// then.
func eventually(
  _ what: String, within limit: Duration = .seconds(30), else context: () -> String = { "" },
  _ condition: () async throws -> Bool
) async throws {
  let deadline = ContinuousClock.now + limit
  while true {
    if try await condition() { return }
    guard ContinuousClock.now < deadline else {
      throw NeverHappened(what: what, limit: limit, context: context())
    }
    try await Task.sleep(for: .milliseconds(8))
  }
}

/// Lets so many tests at once drive programs: more would only take the processor from each other's time limits.
actor Slots {
  static let shared = Slots(count: 5)

  private var free: Int
  private var waiting: [CheckedContinuation<Void, Never>] = []

  init(count: Int) {
    free = count
  }

  func take() async {
    if free > 0 {
      free -= 1
    } else {
      await withCheckedContinuation { waiting.append($0) }
    }
  }

  func give() {
    if waiting.isEmpty {
      free += 1
    } else {
      waiting.removeFirst().resume()
    }
  }
}
