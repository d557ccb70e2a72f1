import Testing

@testable import Operations

struct ManyProblemsTests {
  @Test("a file of nothing but unknown keys is refused key by key; only the first hundred are compared with known ones")
  func unknownKeys() {
    let names = (0..<5000).map { "\"min_total_leds\($0)\": 1" }
    let problems = ConfigurationDecoder.decode("{\(names.joined(separator: ",\n"))}", file: "c.json").problems
    #expect(problems.map(\.line) == (1...5000).map { $0 })
    #expect(problems[99].reason == .unknownKey(nearest: "lead_inventory_thresholds.min_total_leads"))
    #expect(problems[100...].allSatisfy { $0.reason == .unknownKey(nearest: "none") })
  }
}
