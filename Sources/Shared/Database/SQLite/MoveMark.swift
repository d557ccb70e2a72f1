import Foundation
import Glibc

/// What a file `PATH.moved` beside a store in a file says: the store's content is on a server now, and no program may go on with
/// the file. Two places that both go on would upload the same leads.
///
/// The file appears and changes in one step, and survives a power failure. It holds no password.
package enum MoveMark: Sendable, Equatable {
  /// The content is about to be committed there. Whether it was, the server alone can tell.
  case moving(to: String)
  /// It was.
  case moved(to: String)

  /// What the mark of a store adds to its path.
  package static let ending = ".moved"

  /// The mark beside the store at `path`; nil: none. Throws `cannotOpen` for one that cannot be read, so that it is never taken
  /// for none.
  package static func read(beside path: String) throws(DatabaseError) -> MoveMark? {
    var status = stat()
    guard lstat(path + ending, &status) == 0 || errno != ENOENT else { return nil }
    guard let data = FileManager.default.contents(atPath: path + ending) else { throw unreadable(path) }
    let lines = String(decoding: data, as: UTF8.self).split(separator: "\n").map(String.init)
    guard lines.count == 2 else { throw unreadable(path) }
    switch lines[0] {
    case "moving": return .moving(to: lines[1])
    case "moved": return .moved(to: lines[1])
    default: throw unreadable(path)
    }
  }

  /// Throws `moved` or `beingMoved` where there is a mark.
  package static func refuse(_ path: String) throws(DatabaseError) {
    switch try read(beside: path) {
    case nil: return
    case .moving(let address): throw .beingMoved(path, to: address)
    case .moved(let address): throw .moved(path, to: address)
    }
  }

  /// Puts this mark in the place of whichever there is.
  package func write(beside path: String) throws {
    let text =
      switch self {
      case .moving(let address): "moving\n\(address)\n"
      case .moved(let address): "moved\n\(address)\n"
      }
    let part = path + Self.ending + ".part"
    let file = open(part, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
    guard file >= 0 else { throw DatabaseError.opening(part, code: errno) }
    defer { close(file) }
    let bytes = Array(text.utf8)
    guard Glibc.write(file, bytes, bytes.count) == bytes.count, fsync(file) == 0, rename(part, path + Self.ending) == 0
    else { throw DatabaseError.opening(part, code: errno) }
    try StoreCopy.sync(folderOf: path)
  }

  /// Takes the mark away, if there is one.
  package static func remove(beside path: String) throws {
    guard unlink(path + ending) == 0 || errno == ENOENT else { throw DatabaseError.opening(path + ending, code: errno) }
    try StoreCopy.sync(folderOf: path)
  }

  private static func unreadable(_ path: String) -> DatabaseError {
    .cannotOpen(path, reason: "the mark \(path + ending), that it was moved to a server, cannot be read")
  }
}
