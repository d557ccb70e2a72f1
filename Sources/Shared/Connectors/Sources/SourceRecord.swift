package import Leads

/// One record of a source file, in the order of the file: a lead, or the reason why there is none.
package struct SourceRecord: Sendable, Equatable {
  /// Where the record begins, counted from 1.
  package var line: Int
  /// The how-manyth record of the file it is, usable or not, counted from 1.
  package var position: Int
  package var outcome: Outcome

  package enum Outcome: Sendable, Equatable {
    /// The notes say what had to be mended.
    case usable(Lead, notes: [CleaningNote])
    /// `reason` names fields and rules, never a value.
    case rejected(reason: String)
  }

  package init(line: Int, position: Int, outcome: Outcome) {
    self.line = line
    self.position = position
    self.outcome = outcome
  }
}

/// What a source file held; `usable + rejected` is the number of records handed out.
package struct SourceSummary: Sendable, Equatable {
  package var usable = 0
  package var rejected = 0
  /// Usable records in which something had to be mended.
  package var mended = 0
  /// Of the file as it was opened, so that a change while it was read shows at the next look.
  package var fingerprint: SourceFingerprint

  package var records: Int { usable + rejected }

  package init(fingerprint: SourceFingerprint) {
    self.fingerprint = fingerprint
  }
}
