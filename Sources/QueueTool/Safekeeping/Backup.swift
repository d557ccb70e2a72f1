import Database
import Foundation
import LeadStore

/// Makes a copy of the store that is whole, checked, and appears under its name at once.
struct Backup: Sendable {
  let store: Store
  let path: String
  let mayOverwrite: Bool
  /// Told how many bytes were written so far.
  let progress: @Sendable (Int) -> Void

  /// Returns the copy's size in bytes. Throws `ToolError`, and what the store throws.
  func run() async throws -> Int {
    try refuseStore()
    if !mayOverwrite, isThere(path) { throw ToolError.exists(path: path) }
    let part = "\(path).\(getpid()).part"
    try remove(part)
    do {
      try await copy(to: part)
      try await Self.check(part, named: path)
      try give(part)
      return Self.size(of: path)
    } catch {
      for ending in Self.endings { unlink(part + ending) }
      throw error
    }
  }

  /// What SQLite and the programs lay beside a store.
  static let endings = ["", "-wal", "-shm", ".gate", ".bell", MoveMark.ending]

  /// A copy over the store, or over what lies beside it, would be its end.
  private func refuseStore() throws(ToolError) {
    for ending in Self.endings where Self.isSame(path, store.path + ending) {
      throw .unwritable(path: path, reason: "it belongs to the store itself")
    }
  }

  static func isSame(_ one: String, _ other: String) -> Bool {
    let standard = { (path: String) in URL(fileURLWithPath: path).resolvingSymlinksInPath().path }
    guard let first = attributes(of: standard(one)), let second = attributes(of: standard(other)) else {
      return standard(one) == standard(other)
    }
    return [FileAttributeKey.systemNumber, .systemFileNumber].allSatisfy { key in
      (first[key] as? NSNumber)?.uint64Value == (second[key] as? NSNumber)?.uint64Value
    }
  }

  private func isThere(_ path: String) -> Bool {
    Self.attributes(of: path) != nil
  }

  /// SQLite copies in one statement; the growing file tells how far it is.
  private func copy(to part: String) async throws {
    let watch = Task { [progress] in
      while !Task.isCancelled {
        progress(Self.size(of: part))
        do { try await Task.sleep(for: .milliseconds(200)) } catch { return }
      }
    }
    defer { watch.cancel() }
    try await store.copy(to: part)
  }

  static func size(of path: String) -> Int {
    (attributes(of: path)?[.size] as? NSNumber)?.intValue ?? 0
  }

  /// Of the file itself, a symbolic link included; nil where there is none. Foundation asks rather than `stat`, whose members the
  /// modules of a server, imported elsewhere in this program, hide.
  private static func attributes(of path: String) -> [FileAttributeKey: Any]? {
    try? FileManager.default.attributesOfItem(atPath: path)
  }

  /// Throws `damagedCopy` unless SQLite and the audit trail find everything whole.
  static func check(_ copy: String, named name: String) async throws {
    let thread = DedicatedThread(name: "copy")
    let fault = try await thread.run {
      try StoreCopy.read(copy) { transaction -> String? in
        if let fault = try StoreCopy.fault(in: transaction) { return fault }
        return try AuditTable.verify(in: transaction).firstBreak.map {
          "entry \($0.entryID) of its audit trail: \($0.reason)"
        }
      }
    }
    if let fault { throw ToolError.damagedCopy(path: name, reason: fault) }
  }

  /// Syncs the copy and gives it its name.
  private func give(_ part: String) throws {
    let descriptor = open(part, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw unwritable() }
    defer { close(descriptor) }
    guard fsync(descriptor) == 0 else { throw unwritable() }
    if mayOverwrite {
      guard rename(part, path) == 0 else { throw unwritable() }
    } else {
      // Unlike a rename, a link never replaces a file that came meanwhile.
      guard link(part, path) == 0 else {
        throw errno == EEXIST ? ToolError.exists(path: path) : unwritable()
      }
      unlink(part)
    }
    try StoreCopy.sync(folderOf: path)
  }

  private func remove(_ path: String) throws(ToolError) {
    guard unlink(path) == 0 || errno == ENOENT else { throw unwritable() }
  }

  private func unwritable() -> ToolError { .unwritable(path: path, reason: String(cString: strerror(errno))) }
}
