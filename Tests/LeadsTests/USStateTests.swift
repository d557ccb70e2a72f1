import Leads
import Testing

@Suite struct USStateTests {
  @Test(
    "A state is known by its two letters and by its name, whatever their case; anything else is no region",
    arguments: [
      ("CT", "CT"), ("ct", "CT"), ("Connecticut", "CT"), ("NEW YORK", "NY"), ("Puerto Rico", "PR"), ("AE", "AE"),
      ("ZZ", nil), ("C", nil), ("", nil), ("1T", nil), ("Connecticut ", nil), ("Ontario", nil), ("wiſconsin", nil),
      ("é", nil), ("North Carolina or South Carolina", nil),
    ])
  func regions(text: String, code: String?) {
    #expect(USState.code(of: text) == code)
  }

  @Test("Fifty states, the District of Columbia, five territories and three military codes, each once")
  func all() {
    #expect(USState.names.count == 50 + 1 + 5 + 3)
    #expect(Set(USState.names.map(\.code)).count == USState.names.count)
    for (name, code) in USState.names {
      #expect(USState.code(of: name) == code && USState.code(of: code.lowercased()) == code)
    }
  }

  @Test("A lead's region is that of its state, empty when that is missing or none")
  func ofLead() throws {
    func region(_ state: RawValue) throws -> String {
      let record: RawRecord = ["score": .number("90"), "npi": .text("1234567893"), "state": state]
      guard case .usable(let lead, _) = RecordCleaner().clean(record) else { return "rejected" }
      return lead.region
    }
    #expect(try region(.text(" ma ")) == "MA")
    #expect(try region(.text("Massachusetts")) == "MA")
    #expect(try region(.text("Quebec")) == "")
    #expect(try region(.missing) == "")
  }
}
