import Foundation
import TestSupport
import Testing

@Suite("Bytes from outside", .serialized)
struct FuzzTests {
  @Test(
    "Whatever comes in, nothing crashes, every law holds, and no text repeats it", arguments: Surface.all.map(\.name))
  func mutations(name: String) async throws {
    let surface = try #require(Surface.all.first { $0.name == name })
    for example in surface.examples { try check(surface, example) }
    for seed in 0..<4 as Range<UInt64> {
      var mutator = Mutator(examples: surface.examples, random: SeededGenerator(seed: seed))
      for round in 0..<surface.rounds / 4 {
        try check(surface, mutator.next())
        // Others wait for the thread.
        if round % 20 == 0 { await Task.yield() }
      }
    }
  }

  private func check(_ surface: Surface, _ bytes: [UInt8]) throws {
    do {
      try surface.check(bytes)
    } catch let finding as Finding {
      Issue.record("\(surface.name): \(finding). The input in Base64: \(Data(bytes).base64EncodedString())")
    }
  }

  @Test("Reading the same damage again and again takes no more memory", arguments: Surface.all.map(\.name))
  func memory(name: String) throws {
    let surface = try #require(Surface.all.first { $0.name == name })
    func run(_ seed: UInt64) throws {
      var mutator = Mutator(examples: surface.examples, random: SeededGenerator(seed: seed))
      for _ in 0..<surface.rounds / 8 { try surface.check(mutator.next()) }
    }
    try run(1)
    let before = try residentBytes()
    for _ in 0..<4 { try run(1) }
    // Other tests of the process take theirs meanwhile.
    #expect(try residentBytes() - before < 64 << 20)
  }

  private func residentBytes() throws -> Int {
    let status = try String(contentsOfFile: "/proc/self/status", encoding: .utf8)
    let line = try #require(status.split(separator: "\n").first { $0.hasPrefix("VmRSS:") })
    return try #require(Int(line.filter(\.isNumber))) * 1024
  }
}
