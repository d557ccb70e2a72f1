/// Something that is not as the books say, and what to do about it.
struct Mismatch: Sendable, Equatable {
  /// A lead's key, a day, or a plan.
  var subject: String
  var finding: String
  var remedy: String
}
