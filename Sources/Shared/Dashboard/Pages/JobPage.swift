import Database
import JobQueue
import LeadStore
import Timekeeping

/// One job: where it stands, why, and all that happened to it.
struct JobPage: Sendable {
  struct Event: Sendable {
    var stamp: PageTime.Stamp
    var transition: String
    var attempt: Int
    var worker: String
    var reason: String
  }

  struct Why: Sendable {
    var text: String
    var remedy: String?
  }

  private static let eventsMax = 200

  var id: Int64
  var kind: String
  var queue: String
  var badge: Badge
  var createdAt: PageTime.Stamp
  var runAt: PageTime.Stamp
  var settledAt: PageTime.Stamp?
  var attempt: Int
  var failures: String
  var uniqueKey: String?
  var why: [Why]
  var events: [Event]
  var isEventsCut: Bool
  var cycleID: Int64?
  var mayBeRetried: Bool

  /// Nil when there is no such job.
  init?(
    id: Int64, explain: (JobStanding, Timestamp) -> [DashboardOffice.Sentence], time: PageTime,
    in transaction: Transaction
  ) throws {
    guard let standing = try JobTable.standing(of: id, now: time.now, in: transaction) else { return nil }
    let job = standing.job
    self.id = id
    kind = job.kind
    queue = job.queue
    badge = Badge(job.state.rawValue, job.state.level)
    createdAt = time.stamp(job.createdAt)
    runAt = time.stamp(job.runAt)
    settledAt = job.settledAt.map(time.stamp)
    attempt = job.attempt
    failures = "\(job.failures) of \(job.maxFailures)"
    uniqueKey = job.uniqueKey
    why = explain(standing, time.now).map { Why(text: $0.text, remedy: $0.remedy) }
    isEventsCut = standing.events.count > Self.eventsMax
    events = standing.events.suffix(Self.eventsMax).reversed().map { event in
      Event(
        stamp: time.stamp(event.at), transition: event.transition.rawValue.replacing("_", with: " "),
        attempt: event.attempt, worker: event.workerID.map { String($0.prefix(8)) } ?? "", reason: event.reason ?? "")
    }
    let batch = try BatchTable.find(ofJob: id, in: transaction)
    cycleID = try batch.flatMap { try PlanTable.cycle(ofPlan: $0.planID, in: transaction) }
    mayBeRetried = job.state == .dead || job.state == .cancelled
  }
}
