import Foundation
import Synchronization
import TestSupport
import Testing
import Timekeeping

@testable import Database

@Suite struct DoorbellTests {
  private let folder: TemporaryFolder
  private let path: String

  init() throws {
    folder = try TemporaryFolder()
    path = folder.file("store.db")
  }

  private func open() async throws -> Store { try await Store.openNotes(path) }

  @Test("A commit wakes whoever listens at the same store, with what was announced", .timeLimit(.minutes(1)))
  func heard() async throws {
    let (listener, writer) = (try await open(), try await open())
    let (work, cancellation) = (Signal(), Signal())
    let listening = listener.listen { notices in
      if notices.contains(.work) { work.give() }
      if notices.contains(.cancellation) { cancellation.give() }
    }
    try await writer.write { $0.announce(.work) }
    await work.wait()
    #expect(!cancellation.isGiven)
    try await writer.write { $0.announce(.cancellation) }
    await cancellation.wait()
    withExtendedLifetime(listening) {}
  }

  @Test("Another process is heard, even one that is killed right after its commit", .timeLimit(.minutes(1)))
  func heardFromAnotherProcess() async throws {
    let listener = try await open()
    let work = Signal()
    let listening = listener.listen { if $0.contains(.work) { work.give() } }
    await #expect(processExitsWith: .signal(SIGKILL)) { [path = path as String] in
      try await Store.openNotes(path).write { $0.announce(.work) }
      kill(getpid(), SIGKILL)
    }
    await work.wait()
    withExtendedLifetime(listening) {}
  }

  @Test("What is rolled back wakes nobody", .timeLimit(.minutes(1)))
  func rolledBack() async throws {
    let store = try await open()
    let heard = Mutex<[Notice]>([])
    let work = Signal()
    let listening = store.listen { notices in
      heard.withLock { $0 += notices }
      if notices.contains(.work) { work.give() }
    }
    await #expect(throws: CancellationError.self) {
      try await store.write { transaction in
        transaction.announce(.cancellation)
        throw CancellationError()
      }
    }
    try await store.write { $0.announce(.work) }
    await work.wait()
    #expect(heard.withLock { $0 } == [.work])
    withExtendedLifetime(listening) {}
  }

  @Test("The bell's file is for the owner alone")
  func mode() async throws {
    _ = try await open()
    let mode = try FileManager.default.attributesOfItem(atPath: path + ".bell")[.posixPermissions] as? Int
    #expect(mode == 0o600)
  }
}
