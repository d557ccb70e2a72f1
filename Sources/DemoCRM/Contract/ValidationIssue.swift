/// One finding of a 422, in the form of FastAPI with pydantic 2: `{"type","loc","msg","input"}`.
struct ValidationIssue: Sendable, Equatable {
  var type: String
  var location: [JSONValue]
  var message: String
  /// Echoes what was sent, as the real CRM does.
  var input: JSONValue

  var json: JSONValue {
    .object(["type": .text(type), "loc": .array(location), "msg": .text(message), "input": input])
  }

  static func missing(_ location: [JSONValue], in input: JSONValue) -> ValidationIssue {
    ValidationIssue(type: "missing", location: location, message: "Field required", input: input)
  }

  static func text(_ location: [JSONValue], _ input: JSONValue) -> ValidationIssue {
    ValidationIssue(
      type: "string_type", location: location, message: "Input should be a valid string", input: input)
  }
}
