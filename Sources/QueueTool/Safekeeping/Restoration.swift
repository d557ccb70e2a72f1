import Database
import Foundation
import LeadStore
import Operations
import Timekeeping

/// Puts a copy in the place of the store. The copy is checked and prepared beside it, and takes its place in one step, marked
/// as a store that must ask the CRM first.
struct Restoration: Sendable {
  struct Report: Sendable {
    var interrupted: RestoreTable.Interrupted
    /// Where the former store is kept; nil: there was none.
    var aside: String?
  }

  let path: String
  let copy: String
  let reason: String
  let actor: String
  let now: Timestamp

  /// Throws `ToolError`, and what opening the copy throws. Until its last step nothing is changed.
  func run() async throws -> Report {
    guard FileManager.default.fileExists(atPath: copy) else {
      throw ToolError.unreadable(path: copy, reason: "there is no such file")
    }
    if Backup.isSame(copy, path) { throw ToolError.unreadable(path: copy, reason: "it is the store itself") }
    // What went on elsewhere must not go on here too.
    try MoveMark.refuse(path)
    try refuseUsedStore()
    let (work, ready) = (path + ".restoring", path + ".restored")
    try clear(work)
    try clear(ready)
    let interrupted: RestoreTable.Interrupted
    do {
      try lay(copy, at: work)
      try await Backup.check(work, named: copy)
      interrupted = try await prepare(work, ready)
      try clear(work)
      try refuseUsedStore()
    } catch {
      try clear(work)
      try clear(ready)
      throw error
    }
    let aside = FileManager.default.fileExists(atPath: path) ? freeName() : nil
    let thread = DedicatedThread(name: "copy")
    try await thread.run { [path] in try StoreCopy.exchange(path, for: ready, keeping: aside ?? path) }
    return Report(interrupted: interrupted, aside: aside)
  }

  private func refuseUsedStore() throws(ToolError) {
    if let pid = StoreCopy.user(of: path) { throw .storeInUse(path: path, pid: pid) }
  }

  /// The copy's bytes, with a write-ahead log that may lie beside them, readable by their owner only.
  private func lay(_ copy: String, at work: String) throws {
    for ending in ["", "-wal"] where FileManager.default.fileExists(atPath: copy + ending) {
      do {
        try FileManager.default.copyItem(atPath: copy + ending, toPath: work + ending)
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: work + ending)
      } catch {
        throw ToolError.unwritable(path: work, reason: error.localizedDescription)
      }
    }
  }

  /// Brings the schema up to date and notes what it is, then makes one file of it.
  private func prepare(_ work: String, _ ready: String) async throws -> RestoreTable.Interrupted {
    let store = try await Program.open(.file(work), now: now)
    let interrupted = try await Self.begin(
      store, subject: (copy as NSString).lastPathComponent, reason: reason, actor: actor, now: now)
    try await store.copy(to: ready)
    return interrupted
  }

  /// Notes in the store that it comes from the past: it must ask the CRM first.
  static func begin(
    _ store: Store, subject: String, reason: String, actor: String, now: Timestamp
  ) async throws -> RestoreTable.Interrupted {
    try await store.write(.power) { transaction in
      let interrupted = try RestoreTable.begin(now: now, in: transaction)
      try AuditTable.append(
        .storeRestored, subject: subject,
        detail: ["reason": reason, "open_batches": interrupted.batches, "leads_in_doubt": interrupted.leads],
        actor: actor, now: now, in: transaction)
      return interrupted
    }
  }

  private func clear(_ path: String) throws(ToolError) {
    for ending in Backup.endings where unlink(path + ending) != 0 && errno != ENOENT {
      throw .unwritable(path: path + ending, reason: String(cString: strerror(errno)))
    }
  }

  private func freeName() -> String {
    let name = "\(path).before-restore-\(now.milliseconds)"
    var candidate = name
    var number = 1
    while FileManager.default.fileExists(atPath: candidate) {
      number += 1
      candidate = "\(name)-\(number)"
    }
    return candidate
  }
}
