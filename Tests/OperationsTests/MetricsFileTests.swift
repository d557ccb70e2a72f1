import Foundation
import TestSupport
import Testing

@testable import Operations

@Suite("The file of metrics")
struct MetricsFileTests {
  private func mode(_ path: String) throws -> Int? {
    try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
  }

  @Test("it is replaced as a whole: readers see one state or the other, and nothing else lies beside it")
  func replaced() async throws {
    let folder = try TemporaryFolder()
    let file = MetricsFile(path: folder.file("lead.prom"))
    // Larger than what a single write is sure to take.
    let states = ["a", "b"].map { String(repeating: $0, count: 300_000) }
    try file.replace(with: states[0])
    let reader = Task.detached {
      var seen: Set<String> = []
      while !Task.isCancelled { seen.insert(try String(contentsOfFile: file.path, encoding: .utf8)) }
      return seen
    }
    for round in 1...200 { try file.replace(with: states[round % 2]) }
    reader.cancel()
    #expect(try await reader.value.isSubset(of: states))
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["lead.prom"])
  }

  @Test("everybody may read it and its owner alone write it, whatever stood there before")
  func permissions() throws {
    let folder = try TemporaryFolder()
    let file = MetricsFile(path: folder.file("lead.prom"))
    try "old".write(toFile: file.path, atomically: false, encoding: .utf8)
    try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: file.path)
    try file.replace(with: "new\n")
    #expect(try mode(file.path) == 0o644)
    #expect(try String(contentsOfFile: file.path, encoding: .utf8) == "new\n")
  }

  @Test("where it cannot be written the reason is told, and the former one stays")
  func unwritable() throws {
    let folder = try TemporaryFolder()
    #expect(throws: MetricsFile.Failure.self) {
      try MetricsFile(path: folder.file("missing/lead.prom")).replace(with: "x")
    }
    try FileManager.default.createDirectory(atPath: folder.file("taken.prom"), withIntermediateDirectories: false)
    #expect(throws: MetricsFile.Failure.self) {
      try MetricsFile(path: folder.file("taken.prom")).replace(with: "x")
    }
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["taken.prom"])
  }

  @Test(
    "a process is called after its file",
    arguments: [
      ("/var/lib/metrics/lead-worker@1.prom", "lead-worker@1"), ("a.prom", "a"), ("/x/y", "y"), ("a.b.prom", "a.b"),
    ])
  func process(path: String, name: String) {
    #expect(MetricsFile(path: path).process == name)
  }
}
