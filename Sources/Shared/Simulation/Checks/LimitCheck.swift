import Leads
import Timekeeping

/// No limit is ever passed: uploads a day, leads a run, time between runs, requests a minute. Told by the CRM's side of the
/// wire what really happened.
// Unchecked: used on the one thread of `SingleThread` only.
final class LimitCheck: @unchecked Sendable {
  private struct Post {
    let at: Duration
    let day: String
    let boot: Int
    /// In force when it left.
    let limit: Int
    /// Leads that it created.
    var created = 0
  }

  // The world owns its checks.
  private unowned let world: World
  private var posts: [Post] = []
  /// Which leads were created on which day. One that the CRM lost before anybody could see it there, and that was sent again,
  /// is one lead: nothing tells the system of the first row.
  private var created: Set<String> = []
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
  func notePost(by process: SimulatedProcess) -> Int {
    let day = world.calendar.day(of: world.moment.wall)
    posts.append(Post(at: world.time.now, day: day, boot: world.bootNumber, limit: process.dailyLimit))
    return posts.count - 1
  }

  /// One of them created a row.
  func noteCreation(_ row: SimulatedCRM.Row) {
    guard let number = row.post else { return }
    if created.insert("\(posts[number].day) \(row.marker ?? "row \(row.id)")").inserted { posts[number].created += 1 }
    let post = posts[number]
    if post.at >= lastCreatingPost?.at ?? .zero {
      lastCreatingPost = post
      isCooldownVoid = false
    }
    // Of what left up to then: a limit that is lowered later takes nothing back.
    let sum = posts[...number].reduce(0) { $1.day == post.day ? $0 + $1.created : $0 }
    if sum > post.limit {
      world.fail("the daily limit holds", "\(sum) leads created on \(post.day), \(post.limit) are allowed")
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
