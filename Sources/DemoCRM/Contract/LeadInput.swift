/// Checks one lead object as strictly as the CRM: types, not values; unknown keys are ignored.
enum LeadInput {
  /// The row, or every finding. `location` is the object's place in the body: `["body", i]` or `["body"]`.
  static func row(_ value: JSONValue, at location: [JSONValue]) -> Result<LeadRow, Findings> {
    guard case .object(let object) = value else {
      return .failure(
        Findings(issues: [
          ValidationIssue(
            type: "model_attributes_type", location: location,
            message: "Input should be a valid dictionary or object to extract fields from", input: value)
        ]))
    }
    var checks = Checks(values: Dictionary(object.members.map { ($0.key, $0.value) }, uniquingKeysWith: { $1 }))
    let name = checks.requiredText("practice_name", value, location)
    let npi = checks.text("npi", location)
    var texts: [String: String] = [:]
    for field in LeadRow.textFields { texts[field] = checks.text(field, location) }
    let priority = checks.text("priority", location)
    let source = checks.text("source", location, isNullAllowed: false)
    var integers: [String: JSONValue] = [:]
    integers["providers"] = checks.integer("providers", location, isNullAllowed: false)
    for field in LeadRow.scoreFields { integers[field] = checks.integer(field, location) }
    let breakdown = checks.object("scoring_breakdown", location)
    guard checks.issues.isEmpty, let name else { return .failure(Findings(issues: checks.issues)) }
    var row = LeadRow(
      npi: npi, practiceName: name, texts: texts, integers: integers, priority: "", source: source ?? "bulk_upload",
      scoringBreakdown: breakdown)
    row.priority = priority.flatMap { $0.isEmpty ? nil : $0 } ?? LeadRow.band(row.integer("score"))
    return .success(row)
  }

  struct Findings: Error {
    var issues: [ValidationIssue]
  }

  private struct Checks {
    let values: [String: JSONValue]
    var issues: [ValidationIssue] = []

    mutating func requiredText(_ field: String, _ whole: JSONValue, _ location: [JSONValue]) -> String? {
      guard values[field] != nil else {
        issues.append(.missing(location + [.text(field)], in: whole))
        return nil
      }
      return text(field, location, isNullAllowed: false)
    }

    mutating func text(_ field: String, _ location: [JSONValue], isNullAllowed: Bool = true) -> String? {
      guard let value = values[field] else { return nil }
      if case .text(let text) = value { return text }
      if value != .null || !isNullAllowed { issues.append(.text(location + [.text(field)], value)) }
      return nil
    }

    /// The integer in whatever size; the database minds the size, not the check.
    mutating func integer(_ field: String, _ location: [JSONValue], isNullAllowed: Bool = true) -> JSONValue? {
      guard let value = values[field] else { return nil }
      if value.isInteger { return value }
      if value != .null || !isNullAllowed {
        issues.append(
          ValidationIssue(
            type: "int_type", location: location + [.text(field)], message: "Input should be a valid integer",
            input: value))
      }
      return nil
    }

    mutating func object(_ field: String, _ location: [JSONValue]) -> String? {
      guard let value = values[field], value != .null else { return nil }
      if case .object = value { return JSONWriter.text(of: value) }
      issues.append(
        ValidationIssue(
          type: "dict_type", location: location + [.text(field)], message: "Input should be a valid dictionary",
          input: value))
      return nil
    }
  }
}
