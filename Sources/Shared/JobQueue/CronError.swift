/// Why a text is no cron expression.
public enum CronError: Error, Sendable, Equatable {
  /// Not five fields.
  case fieldCount(Int)
  /// A word beginning with `@` that is none of those known.
  case unknownWord(String)
  /// `text`: the part of the field that cannot be read.
  case field(CronFieldName, String, expected: String)
}

extension CronError: CustomStringConvertible {
  /// One sentence for people.
  public var description: String {
    switch self {
    case .fieldCount(let count):
      "A cron expression has five fields (\(CronFieldName.allCases.map(\.rawValue).joined(separator: ", "))), not "
        + "\(count)"
    case .unknownWord(let word):
      "\(word) is not known; there are \(CronExpression.words.keys.sorted().joined(separator: ", "))"
    case .field(let name, let text, let expected):
      "The \(name.rawValue) “\(text)” cannot be read: expected \(expected)"
    }
  }
}
