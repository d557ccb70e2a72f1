/// What happens to one bulk request.
enum Mishap: Sendable, CaseIterable {
  case none
  /// Committed; the answer is lost.
  case answerLost
  /// Nothing is committed; the client cannot know.
  case requestLost
  /// The client gives up; the request lies somewhere and is committed within less than two grace periods.
  case lateCommit
  case rateLimited
  /// The connection is refused after the intent was written.
  case notSent
  /// The login before the first POST fails.
  case loginFails
  /// The first POST gets a 401; a second one, after a new login, is processed.
  case tokenRenewed
  /// The process dies before the intent is written.
  case deathBefore
  /// The process dies with the request on its way; nothing is committed.
  case deathOnTheWay
  /// As `deathOnTheWay`, and the request is committed later.
  case deathAndLateCommit
  /// The process dies after the commit, before the answer.
  case deathAfter
}

/// The process is dead: nothing it had in mind happens any more.
struct SimulatedDeath: Error {}
