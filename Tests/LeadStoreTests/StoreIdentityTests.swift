import LeadStore
import TestSupport
import Testing

@Suite(.serialized, .onEachEngine) struct StoreIdentityTests {
  @Test("A store keeps its name, serves the first CRM it meets, and refuses another until told otherwise")
  func binding() async throws {
    let fixture = try await Fixture()
    try await fixture.write { transaction in
      #expect(throws: LeadStoreError.self) { try StoreIdentityTable.storeID(in: transaction) }
      #expect(throws: LeadStoreError.self, "nothing to bind yet") {
        try StoreIdentityTable.bind(crm: "http://a", now: start, in: transaction)
      }
      try StoreIdentityTable.make("one", in: transaction)
      try StoreIdentityTable.make("two", in: transaction)
      #expect(try StoreIdentityTable.storeID(in: transaction) == "one")
      #expect(try StoreIdentityTable.crm(in: transaction) == nil)
      try StoreIdentityTable.bind(crm: "http://a", now: start, in: transaction)
      try StoreIdentityTable.bind(crm: "http://a", now: start, in: transaction)
      #expect(throws: LeadStoreError.boundToAnotherCRM(bound: "http://a", asked: "http://b")) {
        try StoreIdentityTable.bind(crm: "http://b", now: start, in: transaction)
      }
      #expect(try StoreIdentityTable.crm(in: transaction) == "http://a")
      try StoreIdentityTable.rebind(crm: "http://b", now: start, in: transaction)
      try StoreIdentityTable.bind(crm: "http://b", now: start, in: transaction)
      #expect(try StoreIdentityTable.crm(in: transaction) == "http://b")
    }
  }
}
