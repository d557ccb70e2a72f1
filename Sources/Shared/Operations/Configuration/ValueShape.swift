/// The shape of a value inside an object whose members the user names.
package indirect enum ValueShape: Sendable, Equatable {
  /// One known member of an object.
  package struct Member: Sendable, Equatable {
    package let name: String
    package let shape: ValueShape

    init(_ name: String, _ shape: ValueShape) {
      self.name = name
      self.shape = shape
    }
  }

  case value(ConfigurationKey.Kind)
  /// An object with any of these members, and no other.
  case record([Member])
  /// An object whose members have names of the user's choice.
  case named(ValueShape)

  /// What is expected, in words.
  package var expectation: String {
    switch self {
    case .value(let kind): kind.expectation
    case .record(let members):
      "an object (" + members.map { "`\($0.name)`: \($0.shape.expectation)" }.joined(separator: "; ") + ")"
    case .named(let shape): "an object with names of your choice, each " + shape.expectation
    }
  }

  package func accepts(_ value: JSONValue) -> Bool {
    switch (self, value) {
    case (.value(let kind), _): return kind.accepts(value)
    case (.record(let members), .object(let given)):
      return given.allSatisfy { name, value in members.first { $0.name == name }?.shape.accepts(value) ?? false }
    case (.named(let shape), .object(let given)):
      return given.allSatisfy { !$0.isEmpty && shape.accepts($1) }
    default: return false
    }
  }

  /// A part of a value that does not fit, at the deepest place that can be named.
  struct Problem {
    var path: String
    var line: Int
    var reason: ConfigurationProblem.Reason
  }

  /// Everything in the node that does not fit.
  func problems(in node: JSONNode, path: String) -> [Problem] {
    if accepts(node.value) { return [] }
    guard case .object(let given) = node.content else {
      let found: String
      if case .value(let kind) = self { found = kind.finding(node.value) } else { found = node.value.typeName }
      let expected = if case .value(let kind) = self { kind.expectation } else { "an object" }
      return [Problem(path: path, line: node.line, reason: .wrongValue(expected: expected, found: found))]
    }
    switch self {
    case .value(let kind):
      let reason = ConfigurationProblem.Reason.wrongValue(
        expected: kind.expectation, found: node.value.typeName)
      return [Problem(path: path, line: node.line, reason: reason)]
    case .named(let shape):
      return given.flatMap { member in
        guard !member.name.isEmpty else {
          let reason = ConfigurationProblem.Reason.wrongValue(expected: "a name", found: "an empty one")
          return [Problem(path: path, line: member.line, reason: reason)]
        }
        return shape.problems(in: member.value, path: path + "." + member.name)
      }
    case .record(let members):
      return given.flatMap { member in
        guard let known = members.first(where: { $0.name == member.name }) else {
          let nearest = nearestName(to: member.name, in: members.map(\.name)) ?? "none"
          let place = path + "." + member.name
          return [Problem(path: place, line: member.line, reason: .unknownKey(nearest: path + "." + nearest))]
        }
        return known.shape.problems(in: member.value, path: path + "." + member.name)
      }
    }
  }
}
