import Foundation
import JobQueue
import TestSupport
import Testing
import Timekeeping

@Suite(.serialized) struct ProcessIdentityTests {
  private let own = ProcessIdentity(random: 0xAB)

  /// The name of this process with one of its five parts replaced.
  private func name(_ part: Int, _ text: String) throws -> ProcessIdentity {
    var parts = own.text.split(separator: "-").map(String.init)
    parts[part] = text
    return try #require(ProcessIdentity(parts.joined(separator: "-")))
  }

  @Test("A name reads back, starts with its random part, and holds the process number")
  func text() {
    #expect(ProcessIdentity(own.text) == own)
    let parts = own.text.split(separator: "-")
    #expect(parts.count == 5 && parts[0] == "000000ab" && parts[1] == "\(getpid())")
    #expect(ProcessIdentity.shortName(of: own.text) == "000000ab (process \(getpid()))")
    #expect(ProcessIdentity.shortName(of: "somebody") == "somebody")
    for text in ["", "w1", "a-b-c-d-e", "1-2-3-4", "1-2-3-4-5-6"] { #expect(ProcessIdentity(text) == nil) }
  }

  @Test("A process that runs is not dead, and of another machine or container nothing is known")
  func alive() throws {
    #expect(!own.isKnownDead)
    #expect(try !name(3, "1").isKnownDead)
    #expect(try !name(4, "00000000").isKnownDead)
    #expect(try !name(2, "0").isKnownDead)
  }

  @Test("A process that has ended is dead, also when its number was given to another one")
  func dead() throws {
    let child = Process()
    child.executableURL = URL(fileURLWithPath: "/bin/true")
    try child.run()
    child.waitUntilExit()
    #expect(try name(1, "\(child.processIdentifier)").isKnownDead)
    let start = try #require(UInt64(own.text.split(separator: "-")[2]))
    #expect(try name(2, "\(start - 1)").isKnownDead)
  }

  @Test("A process that runs is not taken for dead when no file can be opened to look at it")
  func withoutDescriptors() async {
    await #expect(processExitsWith: .success) {
      let own = ProcessIdentity(random: 1)
      #expect(!own.isKnownDead)
      var limit = rlimit(rlim_cur: 0, rlim_max: 0)
      #expect(getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0)
      let before = limit
      limit.rlim_cur = 0
      #expect(setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0)
      let isDead = own.isKnownDead
      limit = before
      #expect(setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0)
      #expect(!isDead)
    }
  }

  @Test("The role of a process that has died is free at once, that of a live one is not")
  func leadership() async throws {
    let queue = try await QueueStore()
    let (live, gone) = (own.text, try name(2, "1").text)
    try await queue.write { transaction in
      func claim(_ role: String, _ holder: String) throws -> Int? {
        try LeadershipTable.claim(role, holder: holder, duration: .seconds(20), now: start, in: transaction)
      }
      let terms = [try claim("a", gone), try claim("a", live), try claim("b", live), try claim("b", gone)]
      #expect(terms == [1, 2, 1, nil])
    }
  }

  @Test("The leases of a worker that has died are reclaimed by the next leasing, and no others")
  func leases() async throws {
    let queue = try await QueueStore()
    try await queue.write { transaction in
      let ids = [try transaction.enqueue(), try transaction.enqueue()]
      _ = try transaction.leaseOne(worker: "w1")
      let kept = try transaction.leaseOne(worker: "w2")
      #expect(try JobTable.leaseHolders(in: transaction).sorted() == ["w1", "w2"])
      #expect(try JobTable.expireLeases(ofWorkers: ["w1", "nobody"], now: start, in: transaction) == 1)
      #expect(try transaction.lease(5, worker: "w2").map(\.lease) == [Lease(jobID: ids[0], attempt: 2)])
      #expect(try transaction.job(ids[0]).failures == 1)
      try JobTable.requireLease(kept, in: transaction)
    }
  }
}
