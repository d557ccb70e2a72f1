import Database
import JobQueue
import Logging
import ServiceLifecycle
import Synchronization
import TestSupport
import Testing

/// Runs `Example.swift`, which docs/JOB-QUEUE.md shows.
@Suite(.serialized, .timeLimit(.minutes(1))) struct ExampleTests {
  /// Fails the first time, as mail does.
  private final class FlakyMailer: Mailer {
    struct Busy: Error {}

    let sent = Mutex<[String]>([])
    let isBusy = Mutex(true)
    let isDone = Signal()

    func send(_ subject: String, to address: String, id: String) async throws {
      let wasBusy = isBusy.withLock { isBusy in
        defer { isBusy = false }
        return isBusy
      }
      if wasBusy { throw Busy() }
      let count = sent.withLock { sent in
        sent.append("\(id): \(subject), \(address)")
        return sent.count
      }
      if count == 2 { isDone.give() }
    }
  }

  @Test("The example of the documentation sends every mail once, tries again, and shuts down in good order")
  func example() async throws {
    let folder = try TemporaryFolder()
    let path = folder.file("mail.db")
    let mailer = FlakyMailer()
    let logger = Logger(label: "mail") { _ in SwiftLogNoOpLogHandler() }
    let group = try await mailService(queuePath: path, mailer: mailer, logger: logger)
    let running = Task { try await group.run() }
    // As another process would.
    let store = try await Store.openQueue(path: path)
    try await invite("ada@example.org", store: store)
    try await invite("grace@example.org", store: store)
    await mailer.isDone.wait()
    await group.triggerGracefulShutdown()
    try await running.value
    let lines = mailer.sent.withLock { $0.sorted() }
    #expect(
      lines == ["mail-1: You are invited, ada@example.org", "mail-2: You are invited, grace@example.org"])
    let jobs = try await store.read { try JobTable.list(.init(), in: $0) }
    #expect(jobs.map(\.state) == [.succeeded, .succeeded] && jobs.map(\.failures).reduce(0, +) == 1)
    let workers = try await store.read { try WorkerTable.list(limit: 9, in: $0) }
    #expect(workers.count == 1 && workers.allSatisfy { $0.endedAt != nil })
  }
}
