import Foundation
import Operations

/// A file that appears whole or not at all, readable by its owner only.
struct NewFile {
  private let path: String
  private let mayReplace: Bool
  private let temporary: String
  private let descriptor: Int32

  /// Begins beside `path`, under another name. `mayReplace`: whether a file of that name gives way. Throws
  /// `ToolError.unwritable`.
  init(path: String, mayReplace: Bool = true) throws(ToolError) {
    self.path = path
    self.mayReplace = mayReplace
    guard mayReplace || access(path, F_OK) != 0 else { throw Self.exists(path) }
    temporary = "\(path).\(getpid()).part"
    descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw .unwritable(path: path, reason: String(cString: strerror(errno))) }
  }

  func write(_ text: String) throws(ToolError) {
    if let failure = NewFile.write(text, to: descriptor) { throw .unwritable(path: path, reason: failure) }
  }

  /// Syncs the content and gives the file its name, in place of one that bore it if that may be replaced.
  func finish() throws(ToolError) {
    guard fsync(descriptor) == 0 else { throw .unwritable(path: path, reason: String(cString: strerror(errno))) }
    if mayReplace {
      guard rename(temporary, path) == 0 else {
        throw .unwritable(path: path, reason: String(cString: strerror(errno)))
      }
    } else {
      // Unlike a rename, a link fails where the name is taken.
      guard link(temporary, path) == 0 else {
        throw errno == EEXIST
          ? Self.exists(path) : .unwritable(path: path, reason: String(cString: strerror(errno)))
      }
      unlink(temporary)
    }
    close(descriptor)
  }

  private static func exists(_ path: String) -> ToolError {
    .unwritable(path: path, reason: "there is such a file, and it is not overwritten")
  }

  /// Takes back what was begun.
  func abandon() {
    close(descriptor)
    unlink(temporary)
  }

  /// Writes all of it. Returns what kept it from that.
  static func write(_ text: String, to descriptor: Int32) -> String? {
    let code = Descriptor.write(text, to: descriptor)
    return code == 0 ? nil : String(cString: strerror(code))
  }
}
