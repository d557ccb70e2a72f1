import Dispatch
import Synchronization

/// Who runs what is done on a server's connections: a few threads, or the callers.
enum PostgresPool: Sendable {
  case threads(PostgresThreads)
  case caller(CallerLink)

  func submit(_ work: @escaping @Sendable (PostgresLink) -> Void) {
    switch self {
    case .threads(let threads): threads.submit(work)
    case .caller(let link): link.run(work)
    }
  }

  func run<Value: Sendable>(_ body: @escaping @Sendable (PostgresLink) throws -> Value) async throws -> Value {
    switch self {
    case .threads(let threads):
      try await withCheckedThrowingContinuation { continuation in
        threads.submit { link in continuation.resume(with: Result { try body(link) }) }
      }
    case .caller(let link): try link.run(body)
    }
  }
}

/// A link that whoever comes uses himself, one at a time.
final class CallerLink: Sendable {
  private let link: Mutex<PostgresLink>

  init(_ link: sending PostgresLink) {
    self.link = Mutex(link)
  }

  func run<Value: Sendable>(_ body: @Sendable (PostgresLink) throws -> Value) rethrows -> Value {
    try link.withLock { try body($0) }
  }
}

/// A few threads with a connection each, started and connected when they are needed: one that is free takes what comes next.
final class PostgresThreads: Sendable {
  /// Enough for a worker's lanes and readers; a server has about a hundred for all.
  private static let threadsMax = 4

  typealias Work = @Sendable (PostgresLink) -> Void

  private struct State {
    var waiting: [Work] = []
    var idle = 0
    var started = 0
    var isClosed = false
  }

  /// What the threads share; they do not hold the pool, which ends them when it goes.
  private final class Desk: Sendable {
    let state = Mutex(State())
    let arrived = DispatchSemaphore(value: 0)

    /// Nil once closed and empty.
    func next() -> Work? {
      while true {
        let (work, isOver) = state.withLock { state -> (Work?, Bool) in
          if !state.waiting.isEmpty { return (state.waiting.removeFirst(), false) }
          if !state.isClosed { state.idle += 1 }
          return (nil, state.isClosed)
        }
        if let work { return work }
        if isOver { return nil }
        arrived.wait()
      }
    }
  }

  private let desk = Desk()
  private let makeLink: @Sendable () -> PostgresLink

  init(_ makeLink: @escaping @Sendable () -> PostgresLink) {
    self.makeLink = makeLink
  }

  deinit {
    let sleepers = desk.state.withLock { state in
      state.isClosed = true
      defer { state.idle = 0 }
      return state.idle
    }
    for _ in 0..<sleepers { desk.arrived.signal() }
  }

  func submit(_ work: @escaping Work) {
    enum Step { case wake, start(Int), wait }
    let step = desk.state.withLock { state -> Step in
      state.waiting.append(work)
      if state.idle > 0 {
        state.idle -= 1
        return .wake
      }
      guard state.started < Self.threadsMax else { return .wait }
      state.started += 1
      return .start(state.started)
    }
    switch step {
    case .wait: break
    case .wake: desk.arrived.signal()
    case .start(let number):
      DedicatedThread.start(name: "store-\(number)") { [desk, makeLink] in
        let link = makeLink()
        while let work = desk.next() { work(link) }
      }
    }
  }
}
