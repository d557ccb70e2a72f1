import Foundation
import Synchronization

/// The project's own files, found from where this file stood when it was compiled.
enum SourceTree {
  static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()

  struct Unreadable: Error, CustomStringConvertible {
    let path: String
    var description: String { "\(path) cannot be read" }
  }

  /// The text of one file, named from the root.
  static func text(of path: String) throws -> String {
    guard let data = FileManager.default.contents(atPath: root.appendingPathComponent(path).path) else {
      throw Unreadable(path: path)
    }
    return String(decoding: data, as: UTF8.self)
  }

  private static let cache = Mutex<[String: SourceFile]>([:])

  private static func file(_ path: String) throws -> SourceFile {
    if let known = cache.withLock({ $0[path] }) { return known }
    let file = SourceFile(path: path, text: try text(of: path))
    cache.withLock { $0[path] = file }
    return file
  }

  /// Every file below `folder`, named from the root, whose name ends so; sorted. Throws when there is none: a rule over no
  /// files would hold for ever.
  static func files(in folder: String, endingIn suffix: String = ".swift") throws -> [SourceFile] {
    let base = root.appendingPathComponent(folder).resolvingSymlinksInPath().path
    guard let names = FileManager.default.enumerator(atPath: base) else { throw Unreadable(path: folder) }
    let files = try names.compactMap { $0 as? String }.filter { $0.hasSuffix(suffix) }.sorted().map {
      try file("\(folder)/\($0)")
    }
    if files.isEmpty { throw Unreadable(path: "\(folder)/*\(suffix)") }
    return files
  }

  /// The names of the folders directly below `folder`, sorted.
  static func folders(in folder: String) throws -> [String] {
    let base = root.appendingPathComponent(folder).resolvingSymlinksInPath()
    return try FileManager.default.contentsOfDirectory(at: base, includingPropertiesForKeys: [.isDirectoryKey])
      .filter { try $0.resourceValues(forKeys: [.isDirectoryKey]).isDirectory == true }
      .map(\.lastPathComponent).sorted()
  }
}
