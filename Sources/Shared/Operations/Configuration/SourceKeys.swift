import Leads

/// What is wrong with the objects under `source_management` that name files.
enum SourceKeys {
  /// `{file or pattern: {our field: its name there}}`.
  @Sendable static func problem(inMappings members: [String: JSONValue]) -> String? {
    for (file, value) in members.sorted(by: { $0.key < $1.key }) {
      guard case .object(let names) = value else {
        return "\(value.typeName) for \(JSONValue.quoted(file)), where an object of field names was expected"
      }
      var taken: Set<String> = []
      for (field, name) in names.sorted(by: { $0.key < $1.key }) {
        guard SourceField(name: field) != nil else {
          let nearest = nearestName(to: field, in: SourceField.allCases.map(\.name)).map {
            "; the nearest is \"\($0)\""
          }
          return "\(JSONValue.quoted(field)), which is no field of a lead\(nearest ?? "")"
        }
        guard case .text(let text) = name, !text.isEmpty else {
          return "\(name.typeName) for \(JSONValue.quoted(field)), where the field's name in the file was expected"
        }
        guard taken.insert(text).inserted else {
          return "the name \(JSONValue.quoted(text)) for two fields of one file"
        }
      }
    }
    return nil
  }

  /// `{file or pattern: weight}`.
  @Sendable static func problem(inWeights members: [String: JSONValue]) -> String? {
    for (file, value) in members.sorted(by: { $0.key < $1.key }) {
      guard let weight = value.asNumber, weight > 0, weight <= 1000 else {
        return
          "\(value.asNumber == nil ? value.typeName : value.compactText) for \(JSONValue.quoted(file)), where a weight "
          + "above 0, up to 1000, was expected"
      }
    }
    return nil
  }
}
