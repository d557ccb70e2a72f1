/// One value of a source record, before any judgement.
package enum RawValue: Sendable, Equatable {
  case missing
  case null
  case boolean(Bool)
  /// As written in the file, so that nothing is lost to rounding.
  case number(String)
  case text(String)
  /// A list of plain values, each as text; nulls left out.
  case list([String])
  /// An object, or a list that holds objects or lists.
  case nested
  /// A text that is no Unicode: invalid UTF-8, or half a surrogate pair.
  case illFormed
}

/// The known fields of one source record, before any judgement. A file with doubled field names: the last one counts.
package struct RawRecord: Sendable, Equatable {
  private var values: [RawValue]
  /// Whether any field was seen, known or not.
  package private(set) var isEmpty = true
  /// Whether a field was ever given a text that is no Unicode.
  private(set) var hasIllFormed = false

  package init() {
    values = [RawValue](repeating: .missing, count: SourceField.allCases.count)
  }

  package subscript(field: SourceField) -> RawValue {
    get { values[field.rawValue] }
    set {
      values[field.rawValue] = newValue
      if case .illFormed = newValue { hasIllFormed = true }
      isEmpty = false
    }
  }

  /// Says that the record holds a field that is ignored.
  package mutating func noteUnknownField() {
    isEmpty = false
  }

  /// Makes the record empty again, to be filled with the next one.
  package mutating func removeAll() {
    for index in values.indices { values[index] = .missing }
    isEmpty = true
    hasIllFormed = false
  }
}

extension RawRecord: ExpressibleByDictionaryLiteral {
  /// Fields by their names in a file; unknown ones are ignored, as in a file.
  package init(dictionaryLiteral elements: (String, RawValue)...) {
    self.init()
    for (name, value) in elements {
      if let field = SourceField(name: name) {
        self[field] = value
      } else {
        noteUnknownField()
      }
    }
  }
}
