/// A moment in time: whole milliseconds since 1970-01-01T00:00:00Z, without leap seconds.
///
/// The only representation of time in the store (`INTEGER`/`bigint` columns) and in every decision. Subtraction gives a
/// `Duration`; formatting and zones belong to `BusinessCalendar`.
public struct Timestamp: Sendable, Hashable, Comparable, Codable {
  /// Since 1970 UTC; negative before.
  public var milliseconds: Int64

  /// A moment so many milliseconds after the beginning of 1970 UTC.
  public init(milliseconds: Int64) {
    self.milliseconds = milliseconds
  }

  /// From a whole number of milliseconds.
  public init(from decoder: any Decoder) throws {
    milliseconds = try decoder.singleValueContainer().decode(Int64.self)
  }

  /// As a whole number of milliseconds.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(milliseconds)
  }

  /// Earlier.
  public static func < (left: Timestamp, right: Timestamp) -> Bool { left.milliseconds < right.milliseconds }

  /// That much later, to the millisecond. Traps on overflow, 292 million years away.
  public static func + (time: Timestamp, span: Duration) -> Timestamp {
    Timestamp(milliseconds: time.milliseconds + span.milliseconds)
  }

  /// That much earlier, to the millisecond.
  public static func - (time: Timestamp, span: Duration) -> Timestamp {
    Timestamp(milliseconds: time.milliseconds - span.milliseconds)
  }

  /// How much later; negative when it is earlier.
  public static func - (later: Timestamp, earlier: Timestamp) -> Duration {
    .milliseconds(later.milliseconds - earlier.milliseconds)
  }
}

extension Duration {
  /// Whole milliseconds, rounded toward zero.
  public var milliseconds: Int64 {
    components.seconds * 1000 + components.attoseconds / 1_000_000_000_000_000
  }

  /// Seconds with fraction, for showing and for rates.
  public var inSeconds: Double {
    Double(components.seconds) + Double(components.attoseconds) / 1e18
  }
}
