import Leads
import Timekeeping

/// No limit is ever passed: uploads a day, leads a run, time between runs, requests a minute. Told by the CRM's side of the
/// wire what really happened.
final class LimitCheck: @unchecked Sendable {
  private struct Post {
    let at: Duration
    let day: String
    let boot: Int
  }

  // The world owns its checks.
  private unowned let world: World
  private var posts: [Post] = []
  private var createdPerDay: [String: Int] = [:]
  /// The highest limit that was in force on a day.
  private var limitPerDay: [String: Int] = [:]
  /// When the last request left that created a row.
  private var lastCreatingPost: Post?
  private var requests: [Duration] = []
  /// Somebody ended the cooldown, or none can be told across a boot with a clock that was set.
  private var isCooldownVoid = false

  init(world: World) {
    self.world = world
  }

  /// A request arrives at the CRM. False: it is refused, since there were too many within a minute.
  func noteRequest() -> Bool {
    let now = world.time.now
    requests.removeAll { now - $0 >= .seconds(60) }
    requests.append(now)
    let limit = world.scenario.requestsPerMinute * 100 / 90
    if requests.count > limit {
      world.fail("the request budget holds", "\(requests.count) requests within 60 s, \(limit) are allowed")
      return false
    }
    return true
  }

  /// A bulk request leaves. Returns its number.
  func notePost() -> Int {
    let day = world.calendar.day(of: world.moment.wall)
    posts.append(Post(at: world.time.now, day: day, boot: world.bootNumber))
    limitPerDay[day] = max(limitPerDay[day] ?? 0, world.scenario.policy.maxDailyUploads)
    return posts.count - 1
  }

  /// One of them created a row.
  func noteCreation(_ row: SimulatedCRM.Row) {
    guard let number = row.post else { return }
    let post = posts[number]
    createdPerDay[post.day, default: 0] += 1
    if post.at >= lastCreatingPost?.at ?? .zero {
      lastCreatingPost = post
      isCooldownVoid = false
    }
    let (created, limit) = (createdPerDay[post.day] ?? 0, limitPerDay[post.day] ?? 0)
    if created > limit {
      world.fail("the daily limit holds", "\(created) leads created on \(post.day), \(limit) are allowed")
    }
  }

  /// A plan that uploads was committed.
  func notePlan(_ id: Int64, selected: Int) {
    let policy = world.scenario.policy
    let cap = max(policy.maxUploadPerRun, world.previousPolicy.maxUploadPerRun)
    if selected > cap { world.fail("the cap per run holds", "plan \(id) selected \(selected), \(cap) are allowed") }
    guard !isCooldownVoid, let last = lastCreatingPost, last.boot == world.bootNumber else { return }
    let cooldown = min(policy.cooldownMilliseconds, world.previousPolicy.cooldownMilliseconds)
    let passed = (world.time.now - last.at).milliseconds
    if passed < cooldown {
      world.fail(
        "the cooldown holds", "plan \(id) came \(passed / 1000) s after an upload, \(cooldown / 1000) s are due")
    }
  }

  /// The cooldown is measured by the wall clock across boots: after one, it is no longer this check's.
  func voidCooldown() {
    isCooldownVoid = true
  }
}
