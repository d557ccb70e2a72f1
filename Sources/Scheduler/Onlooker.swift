import Foundation
import Operations

/// A program that only looks at the store: where there is none yet it leaves none behind.
enum Onlooker {
  /// Runs `body` over the configured store, or over an empty one that is gone afterwards.
  static func look(
    _ source: ConfigurationSource, _ body: (Program) async throws -> ExitStatus
  ) async throws -> ExitStatus {
    guard case .sqlite(let path) = try source.load().configuration.store.location,
      !FileManager.default.fileExists(atPath: path)
    else { return try await body(Program.start("lead-scheduler", from: source)) }
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("lead-look-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(
      atPath: folder, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o700])
    defer { try? FileManager.default.removeItem(atPath: folder) }
    var empty = source
    empty.store = folder + "/store.db"
    return try await body(Program.start("lead-scheduler", from: empty))
  }
}
