import Connectors
import Database
import Foundation
import LeadStore
import Leads
import Planning
import TestSupport
import Testing
import Timekeeping

@testable import Replenishment

/// Several files: which are read, and in which order their leads are used.
@Suite("Using several source files")
struct SourceUseTests {
  /// A CRM that wants `need` leads of class A.
  private func workshop(need: Int) async throws -> Workshop {
    let workshop = try await Workshop()
    workshop.policy.minTotal = need
    workshop.policy.targetTotal = need
    workshop.crm.show([.success(Workshop.stock(total: 0, at: workshop.now))])
    return workshop
  }

  /// Leads of equal score, numbered from `first` on.
  private func write(_ name: String, _ numbers: Range<Int>, field: String = "practice_name", to workshop: Workshop)
    throws
  {
    let records = numbers.map {
      #"{"score":80,"\#(field)":"Practice \#($0)","city":"Town","practice_phone":"203-555-\#(1000 + $0)"}"#
    }
    let path = workshop.folder.file(name)
    try FileManager.default.createDirectory(
      atPath: (path as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
    try Data("[\(records.joined(separator: ",\n"))]".utf8).write(to: URL(fileURLWithPath: path))
  }

  /// How many leads of each file stand in batches, by the file's name.
  private func used(_ workshop: Workshop) async throws -> [String: Int] {
    try await workshop.store.read { transaction in
      let names = try transaction.query(
        """
        SELECT source.path FROM batch_lead JOIN lead ON lead.id = lead_id JOIN source ON source.id = source_id
        """
      ) { ($0.text(0) as NSString).lastPathComponent }
      return Dictionary(names.map { ($0, 1) }, uniquingKeysWith: +)
    }
  }

  @Test(
    "The rotation decides which of several files equal leads come from",
    arguments: [
      (SourceRotation.Rule.priority, ["b.json": 8]), (.oldestFirst, ["a.json": 8]),
      (.roundRobin, ["a.json": 4, "b.json": 4]), (.weighted, ["a.json": 2, "b.json": 6]),
    ])
  func rotation(rule: SourceRotation.Rule, expected: [String: Int]) async throws {
    let workshop = try await workshop(need: 8)
    try write("a.json", 0..<20, to: workshop)
    try write("b.json", 20..<40, to: workshop)
    for (name, seconds) in [("a.json", 1000), ("b.json", 2000)] {
      var times = [timeval(tv_sec: seconds, tv_usec: 0), timeval(tv_sec: seconds, tv_usec: 0)]
      #expect(utimes(workshop.folder.file(name), &times) == 0)
    }
    workshop.sourcePaths = ["b.json", "a.json"].map { workshop.folder.file($0) }
    workshop.sources.rotation = SourceRotation(rule)
    workshop.sources.weights = PerPath([workshop.folder.file("b.json"): 3])
    _ = try await workshop.runCycle()
    #expect(try await used(workshop) == expected)
  }

  @Test("When a file runs dry the next one goes on, said in the log and in the plan; a folder's new files join in")
  func dry() async throws {
    let workshop = try await workshop(need: 12)
    try write("in/a.json", 0..<8, to: workshop)
    try write("in/b.json", 8..<18, to: workshop)
    workshop.sourcePaths = [workshop.folder.file("in")]
    let (a, b, c) = (
      workshop.folder.file("in/a.json"), workshop.folder.file("in/b.json"), workshop.folder.file("in/c.csv")
    )
    let first = try await workshop.runCycle()
    #expect(first.lines.contains("Source \(a) is used up; \(b) is next"))
    let document = try await workshop.store.read { try PlanTable.find(ofCycle: first.report.cycle, in: $0)?.plan }
    #expect(
      document?.sources == [SourceUse(path: a, taken: 8, left: 0), SourceUse(path: b, taken: 4, left: 6)])
    #expect(document?.explanation.contains("Source \(a): 8 taken, used up") == true)

    try Data("score,practice_name,practice_phone\n85,New,2035559999\n".utf8).write(to: URL(fileURLWithPath: c))
    workshop.policy.minTotal = 24
    workshop.policy.targetTotal = 24
    workshop.crm.show([.success(Workshop.stock(total: 17, at: workshop.now + .seconds(60)))])
    workshop.now = workshop.now + .seconds(60)
    let second = try await workshop.runCycle()
    #expect(second.lines.contains("Source \(b) is used up; no other holds any leads, add new ones"))
    #expect(try await used(workshop) == ["a.json": 8, "b.json": 10, "c.csv": 1])
  }

  @Test("A new mapping of field names, or new rules of segments, have the files that they concern read again")
  func rereading() async throws {
    let workshop = try await workshop(need: 0)
    try write("a.json", 0..<3, field: "Company", to: workshop)
    workshop.sourcePaths = [workshop.folder.file("a.json")]
    func names() async throws -> [String] {
      _ = try await workshop.runCycle()
      return try await workshop.store.read { transaction in
        try transaction.query(
          "SELECT DISTINCT substr(body ->> 'practice_name', 1, 8) || segment FROM lead WHERE state = 'available'"
        ) {
          $0.text(0)
        }
      }
    }
    func generation() async throws -> Int? {
      let path = workshop.sourcePaths[0]
      return try await workshop.store.read { try SourceTable.find(path: path, in: $0)?.generation }
    }
    #expect(try await names() == ["Unknown "])
    #expect(try await names() == ["Unknown "])
    #expect(try await generation() == 1, "an unchanged file is not read again")
    workshop.sources.names = PerPath([workshop.sourcePaths[0]: FieldNames([.practiceName: "Company"])])
    #expect(try await names() == ["Practice"])
    workshop.policy.steering.segments = ["s": Segment(filter: [.city: ["town"]], share: 0.5)]
    #expect(try await names() == ["Practices"])
    #expect(try await generation() == 3)
  }

  @Test("A pattern that matches nothing is told with its remedy, and is no reason to stop while other files hold leads")
  func nothingMatches() async throws {
    let workshop = try await workshop(need: 2)
    try write("a.json", 0..<3, to: workshop)
    workshop.sourcePaths = [workshop.folder.file("z*.json"), workshop.folder.file("a.json")]
    let cycle = try await workshop.runCycle()
    #expect(cycle.lines.contains { $0.hasPrefix("Warning: no source file matches \(workshop.folder.file("z*.json"))") })
    #expect(try await used(workshop) == ["a.json": 2])
  }
}
