public import Testing

/// What a store may stand on.
public enum Engine: String, Sendable, CaseIterable {
  case sqlite
  case postgresql

  /// The engine that the test at hand is run on; SQLite unless the test or its suite says `.onEachEngine`.
  @TaskLocal public static var current = Engine.sqlite
}

/// Runs each test, its suite's `init` included, once on every engine, which `Engine.current` tells. A machine without PostgreSQL
/// fails these tests; it does not skip them. What a test finds wrong names the engine.
public struct EachEngine: TestTrait, SuiteTrait, TestScoping {
  public let isRecursive = true
  let engines: [Engine]

  public func provideScope(
    for test: Test, testCase: Test.Case?, performing body: @Sendable () async throws -> Void
  ) async throws {
    for engine in engines {
      let naming = IssueHandlingTrait.compactMapIssues { issue in
        var issue = issue
        issue.comments.append("on \(engine.rawValue)")
        return issue
      }
      try await Engine.$current.withValue(engine) {
        try await naming.provideScope(for: test, testCase: testCase, performing: body)
      }
    }
  }
}

/// Leaves a test of such a suite to SQLite, for the reason given: it is about what only a file has.
public struct FileOnly: TestTrait, TestScoping {
  let reason: String

  public func provideScope(
    for test: Test, testCase: Test.Case?, performing body: @Sendable () async throws -> Void
  ) async throws {
    if Engine.current == .sqlite { try await body() }
  }
}

extension Trait where Self == FileOnly {
  /// See `FileOnly`.
  public static func onFileOnly(_ reason: String) -> Self { FileOnly(reason: reason) }
}

extension Trait where Self == EachEngine {
  /// See `EachEngine`.
  public static var onEachEngine: Self { EachEngine(engines: Engine.allCases) }
  /// Of a test whose like runs on SQLite in larger numbers.
  public static var onPostgreSQL: Self { EachEngine(engines: [.postgresql]) }
}
