import Foundation
import Synchronization
import TestSupport
import Testing
import Timekeeping

@testable import Database

/// What only a store on a server has to bear: connections that break, other writers at the same time.
@Suite(.serialized, .onPostgreSQL, .timeLimit(.minutes(2))) struct ServerTests {
  private let place: StorePlace
  private var address: StoreAddress { place.address() }

  init() async throws {
    place = try await StorePlace()
  }

  private func open(waitMax: Duration = .seconds(20)) async throws -> Store {
    try await Store.open(address, steps: serverNotes, now: noon, waitMax: waitMax)
  }

  /// The same store by another way.
  private func open(through proxy: CuttingProxy, waitMax: Duration) async throws -> Store {
    guard case .server(var server) = address else { throw Unexpected() }
    server.url = "postgresql:///postgres?host=\(proxy.folder)&user=postgres"
    return try await Store.open(.server(server), steps: serverNotes, now: noon, waitMax: waitMax)
  }

  private static func serverFolder() throws -> String {
    let url = try StorePlace.clusterURL()
    return try #require(url.firstMatch(of: /host=([^&]+)/)).output.1.description
  }

  @Test("A transaction whose connection breaks before its COMMIT is run again, and written once")
  func brokenBefore() async throws {
    let store = try await open()
    let runs = try await store.addOnce { run, transaction in
      if run == 1 { _ = try transaction.first("SELECT pg_terminate_backend(pg_backend_pid())") { $0.bool(0) } }
    }
    #expect(runs == 2)
    #expect(try await store.noteCount() == 1)
  }

  @Test("A COMMIT that the server never got is looked up, and its transaction run again")
  func swallowed() async throws {
    let proxy = try CuttingProxy(before: Self.serverFolder())
    let store = try await open(through: proxy, waitMax: .seconds(20))
    proxy.cut(.swallowed)
    #expect(try await store.addOnce() == 2)
    #expect(proxy.cuts == 1)
    #expect(try await store.noteCount() == 1)
  }

  @Test("A COMMIT that took effect and whose answer was lost is looked up, and nothing is run again")
  func answerLost() async throws {
    let proxy = try CuttingProxy(before: Self.serverFolder())
    let store = try await open(through: proxy, waitMax: .seconds(20))
    proxy.cut(.answerLost)
    #expect(try await store.addOnce() == 1)
    #expect(proxy.cuts == 1)
    #expect(try await store.noteCount() == 1)
    #expect(try await store.addOnce() == 1, "the store goes on")
    #expect(try await store.noteCount() == 2)
  }

  @Test(
    "A COMMIT that reaches the server after it was looked up is refused: its transaction was run again",
    arguments: [
      // Before and after the server gives the silent session up.
      300, 4000,
    ])
  func late(milliseconds: Int) async throws {
    let proxy = try CuttingProxy(before: Self.serverFolder())
    let store = try await open(through: proxy, waitMax: .seconds(2))
    proxy.cut(.late(milliseconds))
    #expect(try await store.addOnce() == 2)
    try await Task.sleep(for: .milliseconds(milliseconds + 500))
    #expect(try await store.noteCount() == 1)
  }

  @Test("A program that stands still within a transaction is ended by the server, and runs it again when it goes on")
  func standstill() async throws {
    let store = try await open(waitMax: .seconds(1))
    let runs = try await store.addOnce { run, transaction in
      if run == 1 { usleep(2_500_000) }
      _ = try transaction.first("SELECT 1") { $0.int(0) }
    }
    #expect(runs == 2)
    #expect(try await store.noteCount() == 1)
  }

  @Test("Transactions run alone unless they ask for company; those run beside each other")
  func company() async throws {
    let (one, other) = (try await open(), try await open())
    let (isInside, goOn) = (Signal(), DispatchSemaphore(value: 0))
    let first = Task {
      try await one.write(company: .beside) { transaction in
        try transaction.run("INSERT INTO note (text) VALUES ('beside')")
        isInside.give()
        goOn.wait()
      }
    }
    await isInside.wait()
    try await other.write(company: .beside) { _ = try $0.run("INSERT INTO note (text) VALUES ('beside too')") }
    let isAlone = Signal()
    let alone = Task {
      let count = try await other.write { try $0.first("SELECT count(*) FROM note") { $0.int(0) } }
      isAlone.give()
      return count
    }
    try await Task.sleep(for: .milliseconds(300))
    #expect(!isAlone.isGiven, "it waits for whoever is at it")
    goOn.signal()
    try await first.value
    #expect(try await alone.value == 2, "and sees what they wrote")
  }

  @Test("Who waits for longer than is allowed is told that the store is busy")
  func busy() async throws {
    let (one, other) = (try await open(), try await open(waitMax: .milliseconds(200)))
    let (isInside, goOn) = (Signal(), DispatchSemaphore(value: 0))
    let first = Task {
      try await one.write { _ in
        isInside.give()
        goOn.wait()
      }
    }
    await isInside.wait()
    let error = await databaseError { try await other.addNote("too late") }
    goOn.signal()
    try await first.value
    guard case .busy? = error else {
      Issue.record("\(String(describing: error))")
      return
    }
  }

  @Test("Once told to end, nothing waits for a server that has fallen silent: neither what is under way nor what comes")
  func endWaiting() async throws {
    let store = try await open(waitMax: .seconds(60))
    let isInside = Signal()
    let sleeping = Task {
      await databaseError {
        try await store.write { transaction in
          isInside.give()
          _ = try transaction.first("SELECT 1 FROM pg_sleep(50)") { $0.int(0) }
        }
      }
    }
    await isInside.wait()
    store.endWaiting(in: .milliseconds(100))
    // A minute without the limit; the test's own limit is two, and three of these would pass it.
    let error = await sleeping.value
    guard case .timedOut? = error else { throw Unexpected() }
    #expect(await databaseError { try await store.addNote("too late") } != nil)
    #expect(await databaseError { _ = try await store.noteCount() } != nil)
  }

  @Test("A commit wakes whoever listens at the same store, also after the listener's connection was cut")
  func bell() async throws {
    let (listener, writer) = (try await open(), try await open())
    let heard = Mutex<[Set<Notice>]>([])
    let listening = listener.listen { notices in heard.withLock { $0.append(notices) } }
    func isHeard(_ notice: Notice) async throws {
      heard.withLock { $0 = [] }
      try await writer.write { $0.announce(notice) }
      while !heard.withLock({ $0.contains { $0.contains(notice) } }) { try await Task.sleep(for: .milliseconds(2)) }
    }
    try await isHeard(.work)
    guard case .server(let server) = address else { throw Unexpected() }
    let connection = try PostgresConnection(
      url: server.url, options: PostgresOptions(readOnly: false, applicationName: "test"))
    let ended = try connection.query(
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query = CAST($1 AS text)",
      [.text("LISTEN \"\(server.schema)\"")]
    ) { $0.bool(0) }
    #expect(ended == [true])
    try await isHeard(.cancellation)
    withExtendedLifetime(listening) {}
  }

  @Test("A storm of broken connections leaves no more of them than before")
  func storm() async throws {
    guard case .server(var server) = address else { throw Unexpected() }
    let name = "storm-\(server.schema.suffix(20))"
    server.url += "&application_name=\(name)"
    let store = try await Store.open(.server(server), steps: serverNotes, now: noon, waitMax: .seconds(20))
    let connection = try PostgresConnection(
      url: StorePlace.clusterURL(), options: PostgresOptions(readOnly: false, applicationName: "test"))
    for _ in 0..<40 {
      async let writing: Void = store.addNote("one")
      async let reading = store.noteCount()
      _ = try connection.query(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = CAST($1 AS text)",
        [.text(name)]
      ) { $0.bool(0) }
      try await writing
      _ = try await reading
    }
    #expect(try await store.noteCount() == 40)
    let left = try connection.first(
      "SELECT count(*) FROM pg_stat_activity WHERE application_name = CAST($1 AS text)", [.text(name)]
    ) { $0.int(0) }
    #expect(left ?? 0 <= 4)
  }

  @Test("TLS that the URL demands is not done without: a server that has none is refused")
  func tls() async throws {
    let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var bound = sockaddr_in()
    bound.sin_family = sa_family_t(AF_INET)
    bound.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    withUnsafeMutablePointer(to: &bound) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
        _ = bind(listener, address, length)
        _ = listen(listener, 4)
        _ = getsockname(listener, address, &length)
      }
    }
    let port = UInt16(bigEndian: bound.sin_port)
    Thread {
      while true {
        let client = accept(listener, nil, nil)
        guard client >= 0 else { return }
        var request = [UInt8](repeating: 0, count: 8)
        _ = recv(client, &request, 8, 0)
        // “No TLS here”, to the request for it.
        _ = send(client, "N", 1, Int32(MSG_NOSIGNAL))
        usleep(100_000)
        close(client)
      }
    }.start()
    defer {
      shutdown(listener, Int32(SHUT_RDWR))
      close(listener)
    }
    let server = ServerAddress(
      url: "postgresql://me@127.0.0.1:\(port)/leads?sslmode=require", shownURL: "postgresql://x/leads")
    let error = await databaseError { _ = try await Store.open(.server(server), steps: serverNotes, now: noon) }
    guard case .unreachable("postgresql://x/leads", let reason)? = error else { throw Unexpected() }
    #expect(reason.contains("SSL"))
  }

  @Test("Every commit waits for the server's disk, also where the server's setting is not to")
  func synced() async throws {
    let store = try await open()
    let setting = try await store.write { try $0.first("SHOW synchronous_commit") { $0.text(0) } }
    // The cluster of the tests says off.
    #expect(setting == "on")
  }
}
