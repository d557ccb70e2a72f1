import Connectors
import Foundation
import TestSupport
import Testing

@Suite struct SourceListTests {
  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
    for name in ["b.json", "a.csv", "c.txt", ".hidden.json", "10.ndjson", "9.ndjson"] { try make(name) }
    try FileManager.default.createDirectory(atPath: folder.file("sub.json"), withIntermediateDirectories: false)
  }

  private func make(_ name: String) throws {
    try Data("[]".utf8).write(to: URL(fileURLWithPath: folder.file(name)))
  }

  private func names(_ entries: [String]) -> [String] {
    SourceList(of: entries.map { "\(folder.path)/\($0)" }).paths.map { String($0.dropFirst(folder.path.count + 1)) }
  }

  @Test("A path stands for itself, also when nothing is there")
  func paths() {
    #expect(names(["b.json", "missing.json"]) == ["b.json", "missing.json"])
  }

  @Test("A folder stands for the files of leads in it, a pattern for what it matches, in the order of their names")
  func folders() {
    #expect(
      SourceList(of: [folder.path]).paths.map { $0.split(separator: "/").last } == [
        "10.ndjson", "9.ndjson", "a.csv", "b.json",
      ])
    #expect(names(["*.ndjson", "?.*"]) == ["10.ndjson", "9.ndjson", "a.csv", "b.json", "c.txt"])
    #expect(
      names(["[ab].*", "a.csv", "b.json"]) == ["a.csv", "b.json"], "named twice, it stands where it was named first")
  }

  @Test("What comes into a folder later is there at the next look")
  func later() throws {
    #expect(names(["z*.json"]) == [])
    try make("z1.json")
    #expect(names(["z*.json"]) == ["z1.json"])
  }

  @Test("An entry that names nothing is a problem that says what to do; a missing file is left to its reading")
  func problems() throws {
    let empty = folder.file("empty")
    try FileManager.default.createDirectory(atPath: empty, withIntermediateDirectories: false)
    let problems = SourceList(of: [folder.file("q*.json"), empty, folder.file("missing.json")]).problems
    #expect(problems.count == 2)
    #expect(problems.allSatisfy { $0.contains("put one there, or correct source_management.source_files") })
    #expect(problems.first?.hasPrefix("no source file matches \(folder.path)/q*.json") == true)
  }

  @Test("A file whose own name looks like a pattern is that file")
  func literal() throws {
    try make("x[1].json")
    try make("x1.json")
    #expect(names(["x[1].json"]) == ["x[1].json"])
    #expect(names(["x[1]*.json"]) == ["x1.json"])
  }

  @Test("More files than anybody means are cut off, and said")
  func many() throws {
    let entries = (0..<1003).map { "leads-\($0).json" }
    let list = SourceList(of: entries)
    #expect(list.paths == Array(entries.prefix(1000)))
    #expect(list.problems.count == 1 && list.problems[0].contains("names 1003 files"))
  }

  @Test("A value per file is that of its path, else of the longest pattern it matches")
  func perPath() {
    let values = PerPath(["leads/*.csv": 1, "leads/a*.csv": 2, "leads/ab.csv": 3, "*": 4])
    #expect(values["leads/x.csv"] == 1 && values["leads/ac.csv"] == 2 && values["leads/ab.csv"] == 3)
    #expect(values["x"] == 4 && values["leads/x.json"] == nil, "a star ends at a slash")
    #expect(PerPath<Int>()["x"] == nil)
  }
}
