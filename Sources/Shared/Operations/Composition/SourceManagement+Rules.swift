import Connectors
import Leads
import Planning
package import Replenishment

extension Configuration.SourceManagement {
  /// How files are read and used. What the configuration does not take is not here: it was refused when it was read.
  package var rules: SourceRules {
    var rules = SourceRules()
    rules.names = PerPath(mappings.compactMapValues(Self.names))
    rules.weights = PerPath(weights.compactMapValues(\.asNumber))
    rules.rotation = SourceRotation(SourceRotation.Rule(rawValue: rotation) ?? .priority)
    return rules
  }

  private static func names(_ value: JSONValue) -> FieldNames? {
    guard case .object(let members) = value else { return nil }
    var mapping: [SourceField: String] = [:]
    for (field, name) in members {
      if let field = SourceField(name: field), case .text(let text) = name { mapping[field] = text }
    }
    return FieldNames(mapping)
  }
}
