package import Dispatch
import Foundation

/// Unix signals as values.
package enum Signals {
  /// Calls `body` on a queue of its own at each of these signals, instead of what they usually do. Keep what it returns.
  package static func handle(_ signals: [Int32], _ body: @escaping @Sendable (Int32) -> Void)
    -> [any DispatchSourceSignal]
  {
    signals.map { number in
      signal(number, SIG_IGN)
      let source = DispatchSource.makeSignalSource(signal: number, queue: DispatchQueue(label: "signals"))
      source.setEventHandler { body(number) }
      source.resume()
      return source
    }
  }
}
