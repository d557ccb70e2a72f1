import Foundation

/// A folder for this process alone (mode 0700), removed at the end.
struct TemporaryFolder: Sendable {
  let path: String

  init() throws {
    path = FileManager.default.temporaryDirectory.appendingPathComponent("demo-crm-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(
      atPath: path, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o700])
  }

  /// A folder that cannot be removed is reported, and left.
  func remove() {
    do { try FileManager.default.removeItem(atPath: path) } catch {
      FileHandle.standardError.write(Data("demo-crm: \(path) cannot be removed: \(error)\n".utf8))
    }
  }
}
