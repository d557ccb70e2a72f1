import Foundation
import TestSupport
import Testing

/// The simulation takes over all tasks of a process, so it runs in one of its own.
@Suite("Days of the whole system with faults", .serialized)
struct SimulationTests {
  @Test("Every promise is kept by 200 fresh seeds, in which faults of every kind strike")
  func freshSeeds() async throws {
    let first = UInt64.random(in: 1...1_000_000_000)
    // Two processes, for as many cores.
    async let one = Simulate.run("--from", "\(first)", "--seeds", "100")
    async let other = Simulate.run("--from", "\(first + 100)", "--seeds", "100")
    let results = try await [one, other]
    for result in results {
      #expect(result.status == 0, "\(result.output)")
    }
    let struck = results.map(\.faults).reduce(into: [:]) { $0.merge($1, uniquingKeysWith: +) }
    #expect(struck.count > 40)
    #expect(struck.filter { $0.value == 0 }.map(\.key) == [], "each kind of fault is to strike")
  }

  @Test("Without faults every promise is kept too, and all that is needed is uploaded")
  func noFaults() async throws {
    let result = try await Simulate.run("--from", "1", "--seeds", "20", "--faults", "0")
    #expect(result.status == 0, "\(result.output)")
    #expect(result.created > 500)
  }

  @Test("On PostgreSQL every promise is kept too, by fresh seeds with faults of every kind")
  func server() async throws {
    let first = UInt64.random(in: 1...1_000_000_000)
    let url = try StorePlace.clusterURL()
    // Fewer than on a file: each transaction is some trips to a server and back.
    async let one = Simulate.run("--store", url, "--from", "\(first)", "--seeds", "4", "--days", "2")
    async let other = Simulate.run("--store", url, "--from", "\(first + 4)", "--seeds", "4", "--days", "2")
    for result in try await [one, other] {
      #expect(result.status == 0, "\(result.output)")
      #expect(result.created > 0)
    }
  }

  @Test("A seed is lived through the same way each time, step by step")
  func replay() async throws {
    let once = try await Simulate.run("--seed", "18", "--trace")
    let again = try await Simulate.run("--seed", "18", "--trace")
    #expect(once.output.contains("dies"))
    #expect(once.story == again.story)
    #expect(once.story.count > 500)
  }
}
