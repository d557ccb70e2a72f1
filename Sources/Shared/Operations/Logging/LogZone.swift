import Foundation
import Synchronization
package import Timekeeping

/// The offset of a time zone from UTC, for showing times. Asking the zone database for every line would be slow, so the
/// answer is kept for a quarter of an hour: no zone changes its offset within one.
package final class LogZone: Sendable {
  private struct Known {
    var quarter: Int64
    var offset: Int
  }

  private let zone: TimeZone?
  private let known = Mutex<Known?>(nil)

  /// `identifier` is an IANA name, as the configuration has checked it; an unknown one shows UTC.
  package init(identifier: String) {
    zone = TimeZone(identifier: identifier)
  }

  /// Seconds east of UTC at that moment.
  package func offset(at time: Timestamp) -> Int {
    guard let zone else { return 0 }
    let quarter = time.milliseconds / 900_000
    return known.withLock { known in
      if let known, known.quarter == quarter { return known.offset }
      let offset = zone.secondsFromGMT(for: Date(timeIntervalSince1970: Double(time.milliseconds) / 1000))
      known = Known(quarter: quarter, offset: offset)
      return offset
    }
  }
}
