/// Something that is not as the books say, and what to do about it.
struct Mismatch: Sendable, Equatable {
  enum Kind: String, Sendable, CaseIterable {
    /// The books do not agree with themselves.
    case books
    /// The CRM holds what the books do not say, or twice what they say once.
    case crm
    /// In the CRM once, by the CRM's own answer, and gone since.
    case drift
  }

  var kind: Kind
  /// A lead's key, a day, a batch, a plan, or a row of the CRM.
  var subject: String
  var finding: String
  var remedy: String
  /// The account of the lead, link by link; nil when it is not about one lead.
  var account: LeadAccount?
}

/// Mismatches, of which the first are named and all are counted.
struct MismatchList: Sendable {
  let namedMax: Int
  private(set) var named: [Mismatch] = []
  private(set) var counts: [Mismatch.Kind: Int] = [:]

  init(namedMax: Int) {
    self.namedMax = namedMax
  }

  var count: Int { counts.values.reduce(0, +) }

  mutating func append(_ mismatch: Mismatch) {
    counts[mismatch.kind, default: 0] += 1
    if named.count < namedMax { named.append(mismatch) }
  }

  mutating func append(_ mismatches: [Mismatch]) { for mismatch in mismatches { append(mismatch) } }
}
