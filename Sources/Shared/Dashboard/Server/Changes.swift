import Database

/// What a person who is signed in changes by a form: always with a reason, and with the name that he signed in with.
struct Changes: Sendable {
  static let reasonLengthMax = 500

  let office: DashboardOffice
  let pages: Pages

  /// `form` was checked to come from a page of ours.
  func perform(_ path: String, _ form: FormFields, by session: Session) async throws -> Reply {
    guard let change = Self.change(path) else {
      return pages.notice(404, "There is no such page", "Nothing was changed.", for: .person(session))
    }
    guard let reason = form["reason"], reason.count <= Self.reasonLengthMax else {
      return pages.notice(
        400, "A reason is needed",
        "Nothing was changed. Say why, in up to \(Self.reasonLengthMax) characters: the audit trail keeps it.",
        for: .person(session))
    }
    let actor = "\(session.name) (dashboard)"
    let done: DashboardOffice.Done
    let back: String
    switch change {
    case .retry(let job):
      done = try await office.verbs.retry(job, actor, reason)
      back = "/jobs/\(job)"
    case .pause:
      guard let queue = form["queue"] else { return noQueue(session) }
      done = try await office.verbs.pause(queue, actor, reason)
      back = "/queue"
    case .resume:
      guard let queue = form["queue"] else { return noQueue(session) }
      done = try await office.verbs.resume(queue, actor, reason)
      back = "/queue"
    }
    return pages.notice(
      done.isChanged ? 200 : 409, done.isChanged ? "Done" : "Nothing was changed", done.sentence, back: back,
      for: .person(session))
  }

  private enum Change {
    case retry(Int64)
    case pause
    case resume
  }

  private static func change(_ path: String) -> Change? {
    switch path {
    case "/queue/pause": return .pause
    case "/queue/resume": return .resume
    default:
      let parts = path.split(separator: "/", omittingEmptySubsequences: false)
      guard parts.count == 4, parts[0].isEmpty, parts[1] == "jobs", parts[3] == "retry" else { return nil }
      return Pages.number(parts[2]).map(Change.retry)
    }
  }

  private func noQueue(_ session: Session) -> Reply {
    pages.notice(400, "No queue was named", "Nothing was changed.", for: .person(session))
  }
}
