/// Something suspicious in a configuration that is valid: what it leads to, and what would mend it.
package struct Advice: Sendable, Equatable {
  /// A key with a value.
  package struct Setting: Sendable, Equatable {
    package var key: String
    package var value: JSONValue

    package init(_ key: String, _ value: JSONValue) {
      self.key = key
      self.value = value
    }

    var description: String { "\(key): \(value.compactText)" }
  }

  /// The setting as it is.
  package var setting: Setting
  /// What follows from it, in one sentence that begins in lower case and has no full stop.
  package var consequence: String
  /// The setting that would end it; nil where only a person can know it.
  package var remedy: Setting?

  /// For people, in one line.
  package var text: String {
    "\(setting.description): \(consequence)" + (remedy.map { "; set \($0.description)" } ?? "")
  }

  /// `{"key": …, "value": …, "consequence": …, "remedy": {"key": …, "value": …}}`
  package var json: JSONValue {
    var members: [String: JSONValue] = [
      "key": .text(setting.key), "value": setting.value, "consequence": .text(consequence),
    ]
    members["remedy"] = remedy.map { .object(["key": .text($0.key), "value": $0.value]) } ?? .null
    return .object(members)
  }
}
