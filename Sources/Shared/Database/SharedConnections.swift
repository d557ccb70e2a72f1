import Synchronization

/// The connections of all stores on one thread, opened by the first of them: opening costs more than a hundred transactions.
package final class SharedConnections: Sendable {
  private let lanes = Mutex<CallerLanes?>(nil)
  private let link = Mutex<CallerLink?>(nil)

  package init() {}

  /// To a file.
  func lanes(orOpen open: () throws -> CallerLanes) throws -> CallerLanes {
    if let known = lanes.withLock({ $0 }) { return known }
    let opened = try open()
    lanes.withLock { $0 = opened }
    return opened
  }

  /// To a server.
  func link(orOpen open: () throws -> CallerLink) throws -> CallerLink {
    if let known = link.withLock({ $0 }) { return known }
    let opened = try open()
    link.withLock { $0 = opened }
    return opened
  }

  /// The next store opens its file or connects anew.
  package func forget() {
    lanes.withLock { $0 = nil }
    link.withLock { $0 = nil }
  }
}
