public import Database
public import Timekeeping

/// How full the queues are, for screens and gauges that ask often. Every count goes along an index and ends at a bound, so that
/// it costs the same with millions of jobs.
extension JobTable {
  /// How many jobs of one queue are in one state.
  public struct Depth: Sendable, Equatable {
    /// The queue's name.
    public var queue: String
    /// Where they stand; never succeeded or cancelled.
    public var state: JobState
    /// Up to `depthMax`, > 0.
    public var count: Int
    /// Whether counting ended at the bound: there may be more.
    public var isAtLeast: Bool

    /// See the properties.
    public init(queue: String, state: JobState, count: Int, isAtLeast: Bool) {
      self.queue = queue
      self.state = state
      self.count = count
      self.isAtLeast = isAtLeast
    }
  }

  /// Jobs are counted up to here.
  public static let depthMax = 10_000

  /// The jobs that wait, are available (those held back included), run, or are dead, by queue and state in the order of
  /// `JobState`; pairs without jobs are left out. Of waiting, running and dead jobs the first `depthMax` over all queues are
  /// looked at, of available ones those of each queue.
  public static func depths(in transaction: Transaction) throws -> [Depth] {
    let queues = try queueNames(in: transaction)
    var depths = try counted(.waiting, "state = 'waiting' ORDER BY run_at", in: transaction)
    for queue in queues {
      let ready = try count("state = 'available' AND is_held = 0 AND queue = $1", [.text(queue)], in: transaction)
      let held = try count(
        """
        concurrency_key IS NOT NULL AND state IN ('available', 'leased') AND state = 'available' AND is_held > 0
          AND queue = $1
        """, [.text(queue)], in: transaction)
      guard ready + held > 0 else { continue }
      depths.append(
        Depth(
          queue: queue, state: .available, count: min(ready + held, depthMax), isAtLeast: ready + held > depthMax))
    }
    depths += try counted(.leased, "state = 'leased' ORDER BY lease_expires_at", in: transaction)
    for part in ["is_permanent = 0", "is_permanent = 1"] {
      let dead = "state = 'dead' AND settled_at IS NOT NULL AND \(part) ORDER BY settled_at DESC"
      for depth in try counted(.dead, dead, in: transaction) {
        if let index = depths.firstIndex(where: { $0.queue == depth.queue && $0.state == .dead }) {
          depths[index].count = min(depths[index].count + depth.count, depthMax)
          depths[index].isAtLeast = depths[index].isAtLeast || depth.isAtLeast
        } else {
          depths.append(depth)
        }
      }
    }
    return depths
  }

  /// How many jobs succeeded and were cancelled and are still kept, each counted up to `limit`. Reads as many entries of an
  /// index as there are: to be asked beside the work now and then, not for each screen.
  public static func finishedCounts(
    limit: Int, in transaction: Transaction
  ) throws -> (succeeded: Int, cancelled: Int) {
    func finished(_ state: JobState) throws -> Int {
      let counts = try ["is_permanent = 0", "is_permanent = 1"].map { part in
        try count(
          "state = '\(state.rawValue)' AND settled_at IS NOT NULL AND \(part)", [], upTo: limit, in: transaction)
      }
      return min(limit, counts.reduce(0, +))
    }
    return (try finished(.succeeded), try finished(.cancelled))
  }

  /// For each queue with jobs that may start: since when the next one might have.
  public static func oldestAvailable(in transaction: Transaction) throws -> [(queue: String, since: Timestamp)] {
    try queueNames(in: transaction).compactMap { queue in
      try transaction.first(
        """
        SELECT run_at FROM job WHERE state = 'available' AND is_held = 0 AND queue = $1 ORDER BY order_at, id LIMIT 1
        """, [.text(queue)]
      ) { (queue, $0.time(0)) }
    }
  }

  private static func count(
    _ part: String, _ binds: [SQLValue], upTo limit: Int = depthMax, in transaction: Transaction
  ) throws -> Int {
    try transaction.first(
      "SELECT count(*) FROM (SELECT 1 AS found FROM job WHERE \(part) LIMIT \(limit + 1)) AS part", binds
    ) { $0.int(0) } ?? 0
  }

  private static func counted(_ state: JobState, _ part: String, in transaction: Transaction) throws -> [Depth] {
    let depths = try transaction.query(
      """
      SELECT queue, count(*) FROM (SELECT queue FROM job WHERE \(part) LIMIT \(depthMax + 1)) AS part
      GROUP BY queue ORDER BY queue
      """
    ) { Depth(queue: $0.text(0), state: state, count: $0.int(1), isAtLeast: false) }
    guard depths.reduce(0, { $0 + $1.count }) > depthMax else { return depths }
    return depths.map { Depth(queue: $0.queue, state: state, count: min($0.count, depthMax), isAtLeast: true) }
  }
}
