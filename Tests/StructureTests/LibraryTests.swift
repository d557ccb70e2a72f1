import JobQueue
import Testing

@Suite("The job queue as a library: documents and declarations")
struct LibraryTests {
  @Test("docs/JOB-QUEUE.md shows the very example that a test compiles and runs")
  func example() throws {
    let code = try SourceTree.text(of: "Tests/JobQueueTests/Example.swift")
    #expect(code.split(separator: "\n").count > 20)
    let isShown = try SourceTree.text(of: "docs/JOB-QUEUE.md").contains("```swift\n\(code)```")
    #expect(isShown)
  }

  @Test("docs/JOB-QUEUE.md names only what exists: every word of code in it stands in the sources")
  func names() throws {
    let text = try SourceTree.text(of: "docs/JOB-QUEUE.md")
    let folders = ["JobQueue", "Database", "Timekeeping"].map { "Sources/Shared/\($0)" }
    let sources = try folders.flatMap { try SourceTree.files(in: $0) }.map(\.text).joined()
    // `Type.member`, and labels of a call such as `concurrencyMax:`.
    let words =
      text.matches(of: /\b[A-Z]\w+\.([a-z]\w+)/).map { String($0.1) }
      + text.matches(of: /\b([a-z]+[A-Z]\w*):/).map { String($0.1) }
    let others: Set = ["queuePath", "gracefulShutdownSignals", "swift"]
    #expect(words.count >= 20)
    #expect(Set(words).subtracting(others).filter { !sources.contains($0) }.sorted() == [])
  }

  @Test("docs/JOB-LIFECYCLE.md has a row for every transition and every state")
  func lifecycle() throws {
    let text = try SourceTree.text(of: "docs/JOB-LIFECYCLE.md")
    #expect(JobTransition.allCases.map(\.rawValue).filter { !text.contains("\n| `\($0)` |") } == [])
    #expect(JobState.allCases.map(\.rawValue).filter { !text.contains("\n| `\($0)` |") } == [])
    let columns = text.split(separator: "\n").filter { $0.hasPrefix("| `") && $0.contains("→") }.map {
      $0.count { $0 == "|" }
    }
    #expect(columns.count >= JobTransition.allCases.count && Set(columns) == [6])
  }

  @Test(
    "every public declaration of the library has a doc comment", arguments: ["JobQueue", "Database", "Timekeeping"])
  func documented(module: String) throws {
    let files = try SourceTree.files(in: "Sources/Shared/\(module)")
    #expect(files.flatMap { Self.undocumented(in: $0) } == [])
  }

  @Test(
    "a missing doc comment is found, whatever stands before the declaration",
    arguments: [
      ("public struct A {}", true), ("/// A.\npublic struct A {}", false), ("// A.\npublic struct A {}", true),
      ("/// A.\n@discardableResult\npublic func a() {}", false), ("@discardableResult\npublic func a() {}", true),
      ("  @Sendable public static func a() {}", true), ("public import A", false), ("let public = 1", false),
    ])
  func finds(text: String, isFound: Bool) {
    #expect(Self.undocumented(in: SourceFile(path: "A.swift", text: text)).isEmpty == !isFound)
  }

  /// `path:line` of each public declaration without a doc comment right above it and its attributes.
  private static func undocumented(in file: SourceFile) -> [String] {
    let lines = file.text.split(separator: "\n", omittingEmptySubsequences: false)
    return lines.indices.compactMap { index in
      let line = lines[index].trimmingPrefix(while: \.isWhitespace)
      guard line.firstMatch(of: /^(?:@\w+(?:\([^)]*\))?\s+)*public\s+(?!import\b)/) != nil else { return nil }
      let above = lines[..<index].last { !$0.trimmingPrefix(while: \.isWhitespace).hasPrefix("@") } ?? ""
      return above.trimmingPrefix(while: \.isWhitespace).hasPrefix("///") ? nil : "\(file.path):\(index + 1)"
    }
  }
}
