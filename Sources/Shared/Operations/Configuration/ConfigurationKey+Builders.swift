import Timekeeping

/// A place in the configuration that a key sets.
typealias Field<Value> = any WritableKeyPath<Configuration, Value> & Sendable

extension ConfigurationKey {
  /// Units in which a file gives a `Duration`; the raw value is the word shown.
  enum TimeUnit: String {
    case seconds, minutes, hours, days

    var inSeconds: Double {
      switch self {
      case .seconds: 1
      case .minutes: 60
      case .hours: 3600
      case .days: 86_400
      }
    }
  }

  static func integer(
    _ path: String, _ field: Field<Int>, _ range: ClosedRange<Int>, _ unit: String, _ summary: String
  ) -> ConfigurationKey {
    ConfigurationKey(
      path: path, kind: .integer(range), unit: unit, summary: summary,
      read: { .integer($0[keyPath: field]) },
      assign: { value, configuration in
        if case .integer(let number) = value { configuration[keyPath: field] = number }
      })
  }

  static func number(
    _ path: String, _ field: Field<Double>, _ range: ClosedRange<Double>, _ unit: String, _ summary: String
  ) -> ConfigurationKey {
    ConfigurationKey(
      path: path, kind: .number(range), unit: unit, summary: summary,
      read: { number($0[keyPath: field]) },
      assign: { value, configuration in
        if let number = value.asNumber { configuration[keyPath: field] = number }
      })
  }

  /// A length of time, kept to the millisecond.
  static func duration(
    _ path: String, _ field: Field<Duration>, _ range: ClosedRange<Double>, _ unit: TimeUnit, _ summary: String
  ) -> ConfigurationKey {
    ConfigurationKey(
      path: path, kind: .number(range), unit: unit.rawValue, summary: summary,
      read: { number(Double($0[keyPath: field].milliseconds) / 1000 / unit.inSeconds) },
      assign: { value, configuration in
        if let number = value.asNumber {
          configuration[keyPath: field] = .milliseconds(Int64((number * unit.inSeconds * 1000).rounded()))
        }
      })
  }

  static func boolean(
    _ path: String, _ field: Field<Bool>, _ summary: String
  ) -> ConfigurationKey {
    ConfigurationKey(
      path: path, kind: .boolean, unit: "", summary: summary,
      read: { .boolean($0[keyPath: field]) },
      assign: { value, configuration in
        if case .boolean(let isSet) = value { configuration[keyPath: field] = isSet }
      })
  }

  static func text(
    _ path: String, _ field: Field<String>, _ form: TextForm, _ summary: String
  ) -> ConfigurationKey {
    parsed(path, field, .text(form), summary, parse: { $0 }, write: { $0 })
  }

  static func choice(
    _ path: String, _ field: Field<String>, _ choices: [String], _ summary: String
  ) -> ConfigurationKey {
    parsed(path, field, .choice(choices), summary, parse: { $0.lowercased() }, write: { $0 })
  }

  /// A text that stands for a value of another type. `parse` must take every text that `kind` accepts.
  static func parsed<Value>(
    _ path: String, _ field: Field<Value>, _ kind: Kind, _ summary: String,
    parse: @escaping @Sendable (String) -> Value?, write: @escaping @Sendable (Value) -> String
  ) -> ConfigurationKey {
    ConfigurationKey(
      path: path, kind: kind, unit: "", summary: summary,
      read: { .text(write($0[keyPath: field])) },
      assign: { value, configuration in
        if case .text(let text) = value, let parsed = parse(text) { configuration[keyPath: field] = parsed }
      })
  }

  static func optionalText(
    _ path: String, _ field: Field<String?>, _ form: TextForm, _ summary: String,
    normalise: @escaping @Sendable (String) -> String = { $0 }
  ) -> ConfigurationKey {
    ConfigurationKey(
      path: path, kind: .optionalText(form), unit: "", summary: summary,
      read: { $0[keyPath: field].map(JSONValue.text) ?? .null },
      assign: { value, configuration in
        if case .text(let text) = value {
          configuration[keyPath: field] = normalise(text)
        } else {
          configuration[keyPath: field] = nil
        }
      })
  }

  static func texts(
    _ path: String, _ field: Field<[String]>, _ form: TextForm, _ summary: String
  ) -> ConfigurationKey {
    list(path, field, .texts(form), summary)
  }

  static func choices(
    _ path: String, _ field: Field<[String]>, _ choices: [String], _ summary: String
  ) -> ConfigurationKey {
    list(path, field, .choices(choices), summary)
  }

  static func object(
    _ path: String, _ field: Field<[String: JSONValue]>, _ summary: String,
    problem: @escaping @Sendable ([String: JSONValue]) -> String? = { _ in nil }
  ) -> ConfigurationKey {
    ConfigurationKey(
      path: path, kind: .object, unit: "", summary: summary, problem: problem,
      read: { .object($0[keyPath: field]) },
      assign: { value, configuration in
        if case .object(let members) = value { configuration[keyPath: field] = members }
      })
  }

  static func shaped(
    _ path: String, _ field: Field<[String: JSONValue]>, _ shape: ValueShape, _ summary: String
  ) -> ConfigurationKey {
    ConfigurationKey(
      path: path, kind: .shaped(shape), unit: "", summary: summary,
      read: { .object($0[keyPath: field]) },
      assign: { value, configuration in
        if case .object(let members) = value { configuration[keyPath: field] = members }
      })
  }

  private static func list(
    _ path: String, _ field: Field<[String]>, _ kind: Kind, _ summary: String
  ) -> ConfigurationKey {
    ConfigurationKey(
      path: path, kind: kind, unit: "", summary: summary,
      read: { .list($0[keyPath: field].map(JSONValue.text)) },
      assign: { value, configuration in
        guard case .list(let values) = value else { return }
        configuration[keyPath: field] = values.compactMap { if case .text(let text) = $0 { text } else { nil } }
      })
  }

  /// A number as a file would write it: whole ones without fraction.
  private static func number(_ value: Double) -> JSONValue {
    Int(exactly: value).map(JSONValue.integer) ?? .number(value)
  }
}
