import Synchronization

/// Tells every open page that something changed, as server-sent events
/// (https://html.spec.whatwg.org/multipage/server-sent-events.html).
///
/// A message is the mark of the latest state, whether it is new or a sign of life: a page that missed one sees by the next that
/// it is behind, so that slow visitors cost one waiting message each.
final class LiveFeed: Sendable {
  static let contentType = "text/event-stream"

  /// What one visitor is sent. It ends when the feed ends, or after `messagesMax`; the browser then comes back by itself.
  struct Stream: Sendable {
    let messages: AsyncStream<String>
  }

  private struct State {
    var mark = 0
    var isEnded = false
    var nextID = 0
    var visitors: [Int: AsyncStream<String>.Continuation] = [:]
    var messagesLeft: [Int: Int] = [:]
  }

  /// With a sign of life every 5 s about a quarter of an hour.
  private static let messagesMax = 200
  private let streamsMax: Int
  private let state = Mutex(State())

  init(streamsMax: Int) {
    self.streamsMax = streamsMax
  }

  /// Nil when there are too many, or the feed has ended.
  func open() -> Stream? {
    let (messages, continuation) = AsyncStream.makeStream(of: String.self, bufferingPolicy: .bufferingNewest(2))
    let opened = state.withLock { state -> (id: Int, mark: Int)? in
      guard !state.isEnded, state.visitors.count < streamsMax else { return nil }
      state.nextID += 1
      state.visitors[state.nextID] = continuation
      state.messagesLeft[state.nextID] = Self.messagesMax
      return (state.nextID, state.mark)
    }
    guard let opened else { return nil }
    continuation.onTermination = { [self] _ in close(opened.id) }
    continuation.yield("retry: 2000\n" + Self.message(opened.mark))
    return Stream(messages: messages)
  }

  /// Something changed: every page is told at once.
  func change() {
    send { $0.mark += 1 }
  }

  /// A sign of life, by which also a visitor who has gone is noticed.
  func beat() {
    send { _ in }
  }

  /// Ends all streams, and lets nobody in any more.
  func end() {
    let visitors = state.withLock { state in
      defer { state.visitors = [:] }
      state.isEnded = true
      return Array(state.visitors.values)
    }
    for visitor in visitors { visitor.finish() }
  }

  /// The latest state.
  var mark: Int { state.withLock { $0.mark } }

  /// How many visitors listen.
  var count: Int { state.withLock { $0.visitors.count } }

  private func send(_ change: (inout State) -> Void) {
    let (mark, visitors, over) = state.withLock { state in
      change(&state)
      var over: [AsyncStream<String>.Continuation] = []
      for (id, visitor) in state.visitors {
        state.messagesLeft[id, default: 0] -= 1
        if state.messagesLeft[id, default: 0] <= 0 { over.append(visitor) }
      }
      return (state.mark, Array(state.visitors.values), over)
    }
    for visitor in visitors { visitor.yield(Self.message(mark)) }
    for visitor in over { visitor.finish() }
  }

  private func close(_ id: Int) {
    state.withLock { state in
      state.visitors[id] = nil
      state.messagesLeft[id] = nil
    }
  }

  private static func message(_ mark: Int) -> String { "event: mark\ndata: \(mark)\n\n" }
}
