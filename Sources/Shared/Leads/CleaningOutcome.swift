/// What became of one source record.
package enum CleaningOutcome: Sendable, Equatable {
  /// Clean now; the notes say what had to be mended.
  case usable(Lead, notes: [CleaningNote])
  case rejected(CleaningRejection)
}

/// Something in a record that was mended or left out. Never holds the value itself.
package enum CleaningNote: Sendable, Hashable, CustomStringConvertible {
  /// The score had a fraction, or was a text.
  case scoreMended
  /// The record's own priority says another class than its score.
  case priorityOverruled
  case practiceNamedAfterOwner
  case practiceUnknown
  /// An npi was there, but cannot be real.
  case npiInvalid
  /// The number of providers was unusable; 1 is sent.
  case providersUnusable
  /// The field held something that cannot be sent, and counts as missing.
  case unusable(SourceField)
  /// A list was written as one text.
  case joined(SourceField)
  /// The text was cut to 500 characters.
  case shortened(SourceField)

  package var description: String {
    switch self {
    case .scoreMended: "score: made a whole number, rounded down"
    case .priorityOverruled: "priority: contradicts the score, which decides"
    case .practiceNamedAfterOwner: "practice_name: missing, sent as the owner's name"
    case .practiceUnknown: "practice_name: missing, sent as \(Placeholder.unknownPractice)"
    case .npiInvalid: "npi: not ten digits with a right check digit, left out"
    case .providersUnusable: "providers: not a number from 1 to \(Int32.max), sent as 1"
    case .unusable(let field): "\(field.name): unusable, left out"
    case .joined(let field): "\(field.name): a list, written as one text"
    case .shortened(let field): "\(field.name): cut to \(CleanText.charactersMax) characters"
    }
  }
}

/// Why a record cannot be a lead. Names the field, never its value.
package enum CleaningRejection: Sendable, Equatable, CustomStringConvertible {
  /// `{}`
  case noFields
  case scoreMissing
  case scoreNotANumber
  /// Beyond the 32 bits that the CRM stores.
  case scoreOutOfRange
  case illFormed(SourceField)
  /// Nothing that would recognise the lead again.
  case unidentifiable

  package var description: String {
    switch self {
    case .noFields: "the record is empty"
    case .scoreMissing: "score: missing, so the lead has no class"
    case .scoreNotANumber: "score: not a number"
    case .scoreOutOfRange: "score: out of range, beyond 32 bits"
    case .illFormed(let field): "\(field.name): the text is not valid UTF-8"
    case .unidentifiable:
      "npi, practice_phone, zip: the lead cannot be told from others; "
        + "it needs a valid npi, or a 10-digit practice_phone, or a name and a zip"
    }
  }
}
