import Testing

@testable import Operations

/// `config/schema.json` is written by hand; it must say what the table of keys says.
struct ConfigurationSchemaTests {
  private typealias Members = [String: JSONValue]

  @Test("the schema names exactly the keys of the table, each with its type, range and default")
  func schemaAgrees() throws {
    let root = try ConfigurationSchemaTests.schema()
    var leaves: [String: Members] = [:]
    try ConfigurationSchemaTests.collect(root, path: [], definitions: root, into: &leaves)
    var expected = Set(ConfigurationKey.all.map(\.path))
    for key in ConfigurationKey.all {
      let leaf = try #require(leaves[key.path], "\(key.path) is missing in the schema")
      #expect(leaf["default"] == key.defaultValue, "\(key.path)")
      #expect(ConfigurationSchemaTests.describes(leaf, key.kind), "\(key.path): \(leaf)")
      guard case .text(let description) = leaf["description"] else {
        Issue.record("\(key.path) has no description")
        continue
      }
      #expect(key.unit.isEmpty || description.hasSuffix("(\(key.unit))."), "\(key.path): \(description)")
      // The keys that may stand in three places stand in three places of the schema.
      if ["lead_inventory_thresholds", "upload_controls"].contains(key.names[0]) {
        let rest = key.names.dropFirst().joined(separator: ".")
        for place in [rest, "lead_inventory_thresholds." + rest, "upload_controls." + rest] {
          expected.insert(place)
          #expect(leaves[place] == leaf, "\(place)")
        }
      }
    }
    #expect(Set(leaves.keys) == expected)
  }

  private static func schema() throws -> Members {
    let text = try TextFile.read(projectConfigFolder() + "/schema.json")
    guard case .object(let root) = try JSONDocument.parse(text).value else { throw TextFile.Failure.missing }
    return root
  }

  /// The leaves of the schema by path. An object that lists its properties is a section and must refuse others.
  private static func collect(
    _ node: Members, path: [String], definitions: Members, into leaves: inout [String: Members]
  ) throws {
    if case .text(let reference) = node["$ref"] {
      let name = String(reference.dropFirst("#/$defs/".count))
      guard case .object(let all) = definitions["$defs"], case .object(let target) = all[name] else {
        Issue.record("\(reference) leads nowhere")
        return
      }
      return try collect(target, path: path, definitions: definitions, into: &leaves)
    }
    guard case .object(let properties) = node["properties"] else {
      leaves[path.joined(separator: ".")] = node
      return
    }
    #expect(node["type"] == .text("object") && node["additionalProperties"] == .boolean(false), "\(path)")
    for (name, property) in properties where name != "$schema" {
      guard case .object(let members) = property else { continue }
      try collect(members, path: path + [name], definitions: definitions, into: &leaves)
    }
  }

  private static func describes(_ leaf: Members, _ kind: ConfigurationKey.Kind) -> Bool {
    switch kind {
    case .integer(let range):
      leaf["type"] == .text("integer") && leaf["minimum"] == .integer(range.lowerBound)
        && leaf["maximum"] == .integer(range.upperBound)
    case .number(let range):
      leaf["type"] == .text("number") && leaf["minimum"]?.asNumber == range.lowerBound
        && leaf["maximum"]?.asNumber == range.upperBound
    case .boolean: leaf["type"] == .text("boolean")
    case .text: leaf["type"] == .text("string") && (leaf["minLength"] != nil || leaf["pattern"] != nil)
    case .optionalText: leaf["type"] == .list([.text("string"), .text("null")])
    case .choice(let choices): Set(words(leaf["enum"]).map { $0.lowercased() }) == Set(choices)
    case .texts:
      leaf["type"] == .text("array") && leaf["uniqueItems"] == .boolean(true)
        && member("type", of: leaf["items"]) == .text("string")
    case .choices(let choices):
      leaf["type"] == .text("array") && leaf["uniqueItems"] == .boolean(true)
        && words(member("enum", of: leaf["items"])) == choices
    case .object: leaf["type"] == .text("object")
    case .shaped(let shape): describes(leaf, shape)
    }
  }

  private static func describes(_ leaf: Members, _ shape: ValueShape) -> Bool {
    switch shape {
    case .value(let kind): return describes(leaf, kind)
    case .named(let inner):
      guard case .object(let each) = leaf["additionalProperties"] else { return false }
      return leaf["type"] == .text("object") && describes(each, inner)
    case .record(let members):
      guard case .object(let properties) = leaf["properties"] else { return false }
      return leaf["type"] == .text("object") && leaf["additionalProperties"] == .boolean(false)
        && Set(properties.keys) == Set(members.map(\.name))
        && members.allSatisfy { member in
          if case .object(let each) = properties[member.name] { describes(each, member.shape) } else { false }
        }
    }
  }

  private static func member(_ name: String, of value: JSONValue?) -> JSONValue? {
    if case .object(let members) = value { members[name] } else { nil }
  }

  private static func words(_ value: JSONValue?) -> [String] {
    guard case .list(let values) = value else { return [] }
    return values.compactMap { if case .text(let text) = $0 { text } else { nil } }
  }
}
