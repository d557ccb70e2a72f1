import Database
import JobQueue
import LeadStore
import Timekeeping

/// A job in a list.
struct JobLine: Sendable {
  var id: Int64
  var kind: String
  var queue: String
  var badge: Badge
  var isDead: Bool
  var attempt: Int
  var failures: String
  var when: PageTime.Stamp
  var reason: String

  init(_ job: JobRecord, time: PageTime) {
    id = job.id
    kind = job.kind
    queue = job.queue
    badge = Badge(job.isHeld ? "held back" : job.state.rawValue, job.state.level)
    isDead = job.state == .dead
    attempt = job.attempt
    failures = "\(job.failures) of \(job.maxFailures)"
    when = time.stamp(job.settledAt ?? (job.state == .waiting ? job.runAt : job.createdAt))
    reason = job.reason ?? ""
  }
}

/// How full the queues are, who works, and the jobs.
struct QueuePage: Sendable {
  struct Queue: Sendable {
    var name: String
    var waiting: String
    var available: String
    var leased: String
    var dead: String
    var oldest: String
    var paused: String?
    var isPaused: Bool
  }

  struct Worker: Sendable {
    var name: String
    var badge: Badge
    var seen: String
    var host: String
    var queues: String
    var startedAt: PageTime.Stamp
  }

  struct Choice: Sendable {
    var label: String
    var path: String
    var isCurrent: Bool
  }

  static let jobsMax = 50
  private static let workersMax = 50

  var queues: [Queue]
  var finished: String
  var workers: [Worker]
  var hiddenWorkers: String?
  var choices: [Choice]
  var jobs: [JobLine]
  var isCut: Bool

  init(state: JobState?, finished: Census.Found, time: PageTime, in transaction: Transaction) throws {
    let depths = try JobTable.depths(in: transaction)
    let oldest = Dictionary(
      try JobTable.oldestAvailable(in: transaction).map { ($0.queue, $0.since) }, uniquingKeysWith: { one, _ in one })
    let pauses = try PauseTable.list(in: transaction)
    queues = try JobTable.queueNames(in: transaction).map { name in
      func count(_ state: JobState) -> String {
        guard let depth = depths.first(where: { $0.queue == name && $0.state == state }) else { return "0" }
        return depth.count.grouped + (depth.isAtLeast ? "+" : "")
      }
      let pause = pauses.first { $0.scope == .queue && $0.name == name }
      return Queue(
        name: name, waiting: count(.waiting), available: count(.available), leased: count(.leased), dead: count(.dead),
        oldest: oldest[name].map { (time.now - $0).words } ?? "–",
        paused: pause.map { "since \(time.stamp($0.pausedAt).text) by \($0.pausedBy): \($0.reason)" },
        isPaused: pause != nil)
    }
    let more = finished.isAtLeast ? "+" : ""
    self.finished =
      "\(finished.succeeded.grouped)\(more) succeeded and \(finished.cancelled.grouped) cancelled jobs are kept."
    let workers = try WorkerTable.list(limit: Self.workersMax, in: transaction)
    // Of those that ended long ago nobody needs to hear.
    let shown = workers.filter { $0.endedAt == nil || time.now - $0.heartbeatAt < .seconds(3600) }
    self.workers = shown.map { worker in
      let isAlive = worker.isAlive(at: time.now)
      return Worker(
        name: String(worker.id.prefix(8)),
        badge: worker.endedAt != nil ? Badge("ended", .calm) : isAlive ? Badge("alive", .good) : Badge("dead", .bad),
        seen: time.ago(worker.heartbeatAt), host: "\(worker.host), process \(worker.pid)",
        queues: worker.queues.joined(separator: ", "), startedAt: time.stamp(worker.startedAt))
    }
    hiddenWorkers = workers.count > shown.count ? "Ended more than an hour ago: \(workers.count - shown.count)" : nil
    choices =
      [Choice(label: "newest", path: "/queue", isCurrent: state == nil)]
      + JobState.allCases.map {
        Choice(label: $0.rawValue, path: "/queue?state=\($0.rawValue)", isCurrent: $0 == state)
      }
    let listed = try JobTable.list(JobTable.Filter(state: state, limit: Self.jobsMax + 1), in: transaction)
    jobs = listed.prefix(Self.jobsMax).map { JobLine($0, time: time) }
    isCut = listed.count > Self.jobsMax
  }
}
