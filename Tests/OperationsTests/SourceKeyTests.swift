import Connectors
import Leads
import Planning
import Replenishment
import Testing

@testable import Operations

/// The keys of `source_management` that hold objects.
struct SourceKeyTests {
  private func decode(_ section: String) -> (configuration: Configuration, problems: [String]) {
    let result = ConfigurationDecoder.decode("{\"source_management\": {\(section)}}", file: "f")
    return (result.configuration, result.problems.map(\.description))
  }

  @Test("rotation, weights and mappings take effect file by file")
  func effect() throws {
    let (configuration, problems) = decode(
      #""rotation": "weighted", "weights": {"a.json": 3, "in/*": 0.5}, "mappings": {"*.csv": {"practice_name": "Company"}}"#
    )
    #expect(problems == [])
    let rules = configuration.sourceManagement.rules
    #expect(rules.rotation == SourceRotation(.weighted))
    #expect(rules.weights["a.json"] == 3 && rules.weights["in/x"] == 0.5 && rules.weights["b"] == nil)
    #expect(rules.names["x.csv"]?.mapping == [.practiceName: "Company"] && rules.names["x.json"] == nil)
  }

  @Test(
    "What is wrong in them is an error with the line, the key and what was expected",
    arguments: [
      (#""weights": {"a": 0}"#, #"0 for "a", where a weight above 0, up to 1000, was expected"#),
      (#""weights": {"a": "3"}"#, #"text for "a", where a weight"#),
      (#""mappings": {"a": "b"}"#, #"text for "a", where an object of field names was expected"#),
      (
        #""mappings": {"a": {"practise_name": "x"}}"#,
        #""practise_name", which is no field of a lead; the nearest is "practice_name""#
      ),
      (#""mappings": {"a": {"score": 1}}"#, #"a number for "score", where the field's name in the file was expected"#),
      (#""mappings": {"a": {"city": "x", "state": "x"}}"#, #"the name "x" for two fields of one file"#),
    ])
  func problems(section: String, expected: String) {
    let problems = decode(section).problems
    #expect(problems.count == 1)
    #expect(problems.first?.contains("f:1: source_management.") == true && problems.first?.contains(expected) == true)
  }
}
