import Foundation

/// A source file outside of any site: the demo CRM reads it before the site exists. Removed with this object.
final class TemporarySource: Sendable {
  let path: String
  let text: String

  init(_ text: String) throws {
    self.text = text
    path = FileManager.default.temporaryDirectory.appendingPathComponent("leads-\(UUID().uuidString).json").path
    try Data(text.utf8).write(to: URL(fileURLWithPath: path))
  }

  deinit {
    unlink(path)
  }
}
