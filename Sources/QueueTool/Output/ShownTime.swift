import Operations
import Timekeeping

/// How moments are shown: in the configured zone.
struct ShownTime: Sendable {
  /// IANA name.
  let zoneName: String
  private let zone: LogZone

  init(zoneName: String) {
    self.zoneName = zoneName
    zone = LogZone(identifier: zoneName)
  }

  /// `2026-11-22T10:00:00.123-05:00`, for documents.
  func full(_ time: Timestamp) -> String { ISO8601.text(of: time, offset: zone.offset(at: time)) }

  /// `2026-11-22 10:00:00`, for tables, which name the zone once.
  func table(_ time: Timestamp) -> String {
    let text = full(time)
    return text.prefix(10) + " " + text.dropFirst(11).prefix(8)
  }

  /// `10:00:00.123`, where the day is clear from what stands above.
  func clock(_ time: Timestamp) -> String { String(full(time).dropFirst(11).prefix(12)) }

  /// `10:00:00`, within a sentence that names the day.
  func short(_ time: Timestamp) -> String { String(table(time).suffix(8)) }

  func json(_ time: Timestamp?) -> JSONText { time.map { .text(full($0)) } ?? .null }

  /// The moment that a text without zone names, read by the clock of this zone; with a zone, that of the text. Nil when
  /// it is no ISO 8601 moment. A time that the clock shows twice is the later one.
  func moment(of text: String) -> Timestamp? {
    if let time = ISO8601.timestamp(of: text) { return time }
    guard let asUTC = ISO8601.timestamp(of: text + "Z") else { return nil }
    let guess = asUTC - .seconds(zone.offset(at: asUTC))
    return asUTC - .seconds(zone.offset(at: guess))
  }

  /// `3 min`, `2 h 5 min`, `4 d 1 h`: the two largest units, rounded down.
  static func span(_ duration: Duration) -> String { duration.words }
}
