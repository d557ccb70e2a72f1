/// The limits of one queue. All hold over all processes that share the store.
public struct QueueSettings: Sendable, Equatable {
  /// Jobs leased at once, > 0; nil: any number.
  public var concurrencyMax: Int?
  /// Jobs with one concurrency key that are leased or ready at once, > 0; nil: any number. A ready one keeps its place until
  /// it was run, also while its kind is paused or has no worker: give kinds that are stopped apart queues of their own.
  public var keyConcurrencyMax: Int?
  /// Whom its jobs call. While that destination asks for silence (`RateLimitTable.hold`), no job of the queue is leased.
  public var destination: String?
  /// Jobs started in any minute, > 0; needs a destination, whose token bucket they share. Nil: any number.
  public var startsPerMinute: Int?

  /// Without arguments: no limit at all.
  public init(
    concurrencyMax: Int? = nil, keyConcurrencyMax: Int? = nil, destination: String? = nil, startsPerMinute: Int? = nil
  ) {
    precondition(
      [concurrencyMax, keyConcurrencyMax, startsPerMinute].allSatisfy { ($0 ?? 1) > 0 }, "a limit is above 0")
    precondition(startsPerMinute == nil || destination != nil, "a rate is toward a destination")
    self.concurrencyMax = concurrencyMax
    self.keyConcurrencyMax = keyConcurrencyMax
    self.destination = destination
    self.startsPerMinute = startsPerMinute
  }
}
