package import Database

/// What is to be measured, and how thoroughly.
package struct BenchPlan: Sendable {
  /// A group of measures.
  package enum Part: String, Sendable, CaseIterable {
    /// Bulk enqueueing.
    case enqueue
    /// Leasing and settling, in batches and one by one.
    case settle
    /// Several processes on one store.
    case processes
    /// From enqueueing in one process to the start in another.
    case latency
    /// A worker without work.
    case idle
    /// Many other rows in the table.
    case flat
  }

  package var parts = Set(Part.allCases)
  /// Jobs that each side works through in each measure, over all rounds; > 0.
  package var jobs = 200_000
  /// Jobs leased at once and settled at once; 1 … 10,000.
  package var batch = 100
  /// Jobs enqueued by one transaction; > 0.
  package var enqueueBatch = 1000
  /// Rounds of each comparison; > 0. Ours and the raw limit take turns, because a machine is not equally fast all the time.
  package var rounds = 7
  /// Processes on one store; > 1.
  package var processes = 4
  /// `.power` measures enqueueing and settling under both durabilities.
  package var durability = Durability.process
  /// How many other rows the table holds, each compared with the first; ascending.
  package var flatRows = [1000, 1_000_000]
  /// How long a worker without work is watched.
  package var idleWindow = Duration.seconds(5)
  /// Jobs whose way from one process to another is timed; > 0.
  package var latencySamples = 1000
  /// Of the gaps between them.
  package var seed: UInt64 = 1

  package init() {}

  /// How long several processes work in each round: about as long as their share of the jobs takes.
  var window: Duration { .milliseconds(min(2000, max(200, jobs / 100))) }

  /// Jobs in one round, at least one.
  var jobsPerRound: Int { max(1, jobs / rounds) }

  /// Jobs in a round of single jobs, which take several times as long.
  var singleJobsPerRound: Int { max(1, jobsPerRound / 4) }

  /// Jobs in a round in which each waits for the disk.
  var syncedSingleJobsPerRound: Int { max(1, jobsPerRound / 20) }
}

extension Durability {
  /// The name in options and in results.
  package var name: String {
    switch self {
    case .process: "process"
    case .power: "power"
    }
  }
}
