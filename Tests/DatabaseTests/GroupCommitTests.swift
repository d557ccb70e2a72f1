import Synchronization
import TestSupport
import Testing
import Timekeeping

@testable import Database

/// What queues up behind a transaction goes into the next one together.
@Suite struct GroupCommitTests {
  private let folder: TemporaryFolder
  private let path: String

  init() throws {
    folder = try TemporaryFolder()
    path = folder.file("store.db")
  }

  private func writer() throws -> SQLiteWriter {
    try StoreFile(path: path).create()
    let writer = try SQLiteWriter(path: path, bell: Doorbell(of: path), waitMax: .seconds(1))
    _ = try writer.exclusively { try $0.run("CREATE TABLE note (text TEXT NOT NULL UNIQUE)") }
    return writer
  }

  /// The texts that another connection sees.
  private func notes() throws -> [String] {
    try SQLiteConnection(path: path, access: .readOnly).query("SELECT text FROM note ORDER BY text") { $0.text(0) }
  }

  /// Answers in the order in which they came, with what others saw at that moment.
  private final class Answers: Sendable {
    let all = Mutex<[(name: String, error: DatabaseError?, seen: Int)]>([])
  }

  private func add(
    _ text: String, to answers: Answers, _ durability: Durability = .process, sql: String? = nil,
    then: @escaping @Sendable () throws -> Void = {}
  ) -> WriteRequest {
    WriteRequest(durability) { transaction in
      try transaction.run(sql ?? "INSERT INTO note (text) VALUES ($1)", sql == nil ? [.text(text)] : [])
      try then()
    } answer: { [path] (result: Result<Void, any Error>) in
      let seen = try? SQLiteConnection(path: path, access: .readOnly).first("SELECT count(*) FROM note") { $0.int(0) }
      let error: DatabaseError? = if case .failure(let error) = result { error as? DatabaseError } else { nil }
      answers.all.withLock { $0.append((text, error, seen ?? -1)) }
    }
  }

  @Test("Nobody is answered before the commit that carries all of them")
  func oneCommit() throws {
    let answers = Answers()
    try writer().write(["a", "b", "c"].map { add($0, to: answers) })
    #expect(answers.all.withLock { $0.map(\.name) } == ["a", "b", "c"])
    #expect(answers.all.withLock { $0.map(\.seen) } == [3, 3, 3])
  }

  @Test("A caller whose body throws takes back its own writes and nobody else's")
  func ownFailure() throws {
    let answers = Answers()
    try writer().write([
      add("a", to: answers), add("b", to: answers) { throw DatabaseError.timedOut(reason: "on purpose") },
      add("c", to: answers), add("a", to: answers), add("d", to: answers),
    ])
    #expect(try notes() == ["a", "c", "d"])
    let errors = answers.all.withLock { $0.map { $0.error } }
    #expect(errors[0] == nil && errors[2] == nil && errors[4] == nil)
    #expect(errors[1] == .timedOut(reason: "on purpose"))
    guard case .constraint(.unique, _)? = errors[3] else {
      Issue.record("the second a is refused by its own statement: \(String(describing: errors[3]))")
      return
    }
  }

  @Test("When the engine rolls back by itself, those who had written fail, and those behind them begin anew")
  func wholeRollback() throws {
    let answers = Answers()
    try writer().write([
      add("a", to: answers), add("rollback", to: answers, sql: "INSERT OR ROLLBACK INTO note (text) VALUES ('a')"),
      add("b", to: answers), add("c", to: answers),
    ])
    #expect(try notes() == ["b", "c"])
    let answered = answers.all.withLock { $0.map { ($0.name, $0.error == nil) } }
    #expect(answered.map(\.0) == ["a", "rollback", "b", "c"])
    #expect(answered.map(\.1) == [false, false, true, true])
  }

  @Test("A group is as durable as its most demanding member, and the next one only as durable as it asks")
  func durability() throws {
    let answers = Answers()
    let writer = try writer()
    let levels = Mutex<[Int]>([])
    let ask: @Sendable (String, Durability) -> WriteRequest = { name, durability in
      WriteRequest(durability) { transaction in
        let level = try transaction.first("PRAGMA synchronous") { $0.int(0) }
        levels.withLock { $0.append(level ?? -1) }
      } answer: { (_: Result<Void, any Error>) in
      }
    }
    writer.write([ask("a", .process), ask("b", .power)])
    writer.write([ask("c", .process)])
    // 1: NORMAL, 2: FULL (sqlite.org, PRAGMA synchronous).
    #expect(levels.withLock { $0 } == [2, 2, 1])
    _ = answers
  }

  @Test("Hundreds of callers at once are all answered, each with its own value")
  func manyCallers() async throws {
    let store = try await Store.open(
      .file(path), steps: [SchemaStep(version: 1, name: "n", sql: "CREATE TABLE note (text TEXT NOT NULL UNIQUE)")],
      now: Timestamp(milliseconds: 0))
    let values = try await withThrowingTaskGroup(of: (Int, Int64).self) { group in
      for number in 0..<500 {
        group.addTask {
          let row = try await store.write(number % 50 == 0 ? .power : .process) { transaction in
            try transaction.first("INSERT INTO note (text) VALUES ($1) RETURNING text", [.text("\(number)")]) {
              Int64($0.text(0)) ?? -1
            }
          }
          return (number, row ?? -1)
        }
      }
      return try await group.reduce(into: [Int: Int64]()) { $0[$1.0] = $1.1 }
    }
    #expect(values.count == 500 && values.allSatisfy { Int64($0.key) == $0.value })
    #expect(try notes().count == 500)
  }
}
