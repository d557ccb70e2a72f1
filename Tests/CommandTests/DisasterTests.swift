import Database
import Foundation
import Testing

/// Where the programs run out of room.
enum Phase: String, Sendable, CaseIterable {
  case importing, uploading
}

@Suite("When the disk or the store gives way")
struct DisasterTests {
  private static let leads = InventedLead.leads(0..<30, withoutNPIEvery: 3)

  private func prepare(_ site: Site, leads: [InventedLead] = DisasterTests.leads) throws {
    try site.configure(need: 30, batchSize: 10, ["worker.lease_seconds": "3", "crm.request_timeout_seconds": "2"])
    try site.write(InventedLead.file(leads), to: "config/leads.json")
  }

  /// The cause is gone: everything goes on, and nothing was lost.
  private func requireRecovery(_ site: Site, created: Int = 30) async throws {
    for _ in 1...4 where try await site.once().status != 0 {}
    #expect(try site.requireBooksMatchCRM().created.count == created)
    try await site.requireVerified()
  }

  private func shell(_ words: [String]) throws -> Int32 {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = words
    process.standardError = FileHandle.nullDevice
    process.standardOutput = FileHandle.nullDevice
    try process.run()
    process.waitUntilExit()
    return process.terminationStatus
  }

  // MARK: No room

  @Test("No file may grow any more: the programs say so, wait, and go on when there is room", arguments: Phase.allCases)
  func noRoom(_ phase: Phase) async throws {
    try await Site.with(.api, crm: ["--leads", "0", "--pace", "20"]) { site, crm in
      try prepare(site, leads: phase == .importing ? InventedLead.leads(0..<6000, withoutNPIEvery: 3) : Self.leads)
      let worker = try site.worker()
      try await site.workerStarted()
      let scheduler = try site.scheduler(["--interval", "60"])
      let sign =
        phase == .importing
        ? "SELECT count(*) FROM lead" : "SELECT count(*) FROM ledger WHERE entry = 'intended'"
      try await eventually("it is under way", else: { site.everythingSaid }) { try site.number(sign) > 0 }
      // Of both the log and the database; neither can grow.
      for program in [worker, scheduler] {
        #expect(try shell(["prlimit", "--pid", "\(program.pid)", "--fsize=4096:"]) == 0)
      }
      try await eventually("somebody says it", else: { site.everythingSaid }) {
        (worker.errors + scheduler.errors).contains("No space left for the store")
      }
      for program in [worker, scheduler] where program.status == nil {
        #expect(try shell(["prlimit", "--pid", "\(program.pid)", "--fsize=unlimited:"]) == 0)
      }
      if scheduler.status != nil { try site.scheduler(["--interval", "60"]) }
      try await eventually("everything is settled", within: .seconds(60), else: { site.everythingSaid }) {
        try site.number("SELECT count(*) FROM batch_lead WHERE state = 'created'") == 30
      }
      #expect(worker.status == nil, "a worker outlives a full disk")
      try site.requireBooksMatchCRM()
      try await site.requireVerified()
    }
  }

  @Test("A full disk: the message says that nothing was lost, exit code 1; with more room the next run goes on")
  func fullDisk() async throws {
    try await Site.with(.api) { site, crm in
      try prepare(site, leads: InventedLead.leads(0..<6000, withoutNPIEvery: 3))
      let data = site.folder + "/data"
      try FileManager.default.createDirectory(atPath: data, withIntermediateDirectories: true)
      guard geteuid() == 0, try shell(["mount", "-t", "tmpfs", "-o", "size=2m,mode=700", "tmpfs", data]) == 0 else {
        print("skipped: a small file system takes the right to mount one")
        return
      }
      let result: Result<Void, any Error>
      do {
        let ended = try await site.once()
        #expect(ended.status == 1)
        #expect((ended.errors + ended.output).contains("No space left for the store"), "\(ended.errors)")
        #expect(try shell(["mount", "-o", "remount,size=128m", data]) == 0)
        try await requireRecovery(site)
        result = .success(())
      } catch {
        result = .failure(error)
      }
      #expect(try shell(["umount", "--lazy", data]) == 0)
      try result.get()
    }
  }

  // MARK: Not the store that it was

  @Test("A store that cannot be written is refused with its name, exit code 78, and nothing is sent")
  func readOnly() async throws {
    try await Site.with(.api) { site, crm in
      try prepare(site)
      let data = site.folder + "/data"
      try FileManager.default.createDirectory(atPath: data, withIntermediateDirectories: true)
      // Root may write whatever the modes say, but not to a file system that is read-only.
      let isRoot = geteuid() == 0
      if isRoot, try shell(["mount", "-t", "tmpfs", "-o", "size=16m,mode=700", "tmpfs", data]) != 0 {
        print("skipped: root needs the right to mount a read-only file system")
        return
      }
      let result: Result<Void, any Error>
      do {
        #expect(try await site.run("lead-queue", ["migrate", "--config", Site.configuration]).status == 0)
        if isRoot {
          #expect(try shell(["mount", "-o", "remount,ro", data]) == 0)
        } else {
          #expect(try shell(["chmod", "-R", "a-w", data]) == 0)
        }
        for (name, words) in [("lead-scheduler", ["--mode", "once"]), ("lead-worker", []), ("lead-queue", ["stats"])] {
          let ended = try await site.run(name, words + ["--config", Site.configuration])
          #expect(ended.status == 78, "\(name): \(ended.errors)")
          #expect(ended.errors.contains("lead-queue.db is read-only"), "\(ended.errors)")
        }
        #expect(try await crm.statistics().bulk_requests == 0)
        #expect(try shell(isRoot ? ["mount", "-o", "remount,rw", data] : ["chmod", "-R", "u+w", data]) == 0)
        try await requireRecovery(site)
        result = .success(())
      } catch {
        result = .failure(error)
      }
      if isRoot { #expect(try shell(["umount", "--lazy", data]) == 0) }
      try result.get()
    }
  }

  @Test("A store cut off to nothing is an error that names it, never a new one to start over with")
  func emptied() async throws {
    try await Site.with(.api) { site, crm in
      try prepare(site)
      #expect(try await site.once().status == 0)
      for ending in ["-wal", "-shm"] { unlink(site.storePath + ending) }
      #expect(truncate(site.storePath, 0) == 0)
      let ended = try await site.once()
      #expect(ended.status == 1)
      #expect(ended.errors.contains("The store data/lead-queue.db is damaged"), "\(ended.errors)")
      #expect(try crm.uploadedCount == 30)
      #expect(try await crm.statistics().bulk_requests == 3)
    }
  }

  @Test("A write-ahead log that was cut off: an older state, and no lead with an npi goes up twice")
  func logCutOff() async throws {
    try await Site.with(.sql) { site, crm in
      try prepare(site, leads: InventedLead.leads(0..<30))
      #expect(try await site.once().status == 0)
      let log = site.storePath + "-wal"
      let size = try #require(try FileManager.default.attributesOfItem(atPath: log)[.size] as? Int)
      #expect(truncate(log, size / 2) == 0)
      for _ in 1...3 { _ = try await site.once() }
      let names = try crm.uploadedNames()
      #expect(Set(names).count == names.count)
      #expect(names.count >= 30)
    }
  }

  @Test(
    "A store replaced or deleted while the programs work: they say so and write nothing; with the right file back all goes on",
    arguments: [true, false])
  func replaced(_ isReplaced: Bool) async throws {
    try await Site.with(.api, crm: ["--leads", "0", "--pace", "20"]) { site, crm in
      try prepare(site)
      let worker = try site.worker()
      try await site.workerStarted()
      let scheduler = try site.scheduler(["--interval", "60"])
      try await eventually("a batch is settled", else: { site.everythingSaid }) {
        try site.number("SELECT count(*) FROM batch WHERE settled_at IS NOT NULL") > 0
      }
      let (path, aside) = (site.storePath, site.folder + "/aside.db")
      try FileManager.default.moveItem(atPath: path, toPath: aside)
      if isReplaced { try Data("another file".utf8).write(to: URL(fileURLWithPath: path)) }
      try await eventually("it is said", else: { site.everythingSaid }) {
        (worker.errors + scheduler.errors).contains("was moved, deleted or replaced while in use")
      }
      let requests = try await crm.statistics().bulk_requests
      for program in [worker, scheduler] {
        program.send(SIGTERM)
        _ = try await program.exit()
      }
      #expect(try await crm.statistics().bulk_requests <= requests + 1, "what was under way, and no more")
      if isReplaced { #expect(try String(contentsOfFile: path, encoding: .utf8) == "another file") }
      unlink(path)
      try FileManager.default.moveItem(atPath: aside, toPath: path)
      try await requireRecovery(site)
    }
  }

  @Test("A store on a network file system is refused with the reason, exit code 78")
  func networkFileSystem() async throws {
    try await Site.alone { site in
      try site.configure([:])
      // NFS_SUPER_MAGIC.
      let ended = try await site.once(environment: ["LEAD_CRASH_FILE_SYSTEM": "\(0x6969)"])
      #expect(ended.status == 78)
      #expect(ended.errors.contains("is on a network file system (NFS)"), "\(ended.errors)")
      #expect(!FileManager.default.fileExists(atPath: site.storePath))
    }
  }
}
