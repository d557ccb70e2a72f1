import Foundation

/// The built programs, which the tests drive as a user would.
enum Programs {
  struct Missing: Error, CustomStringConvertible {
    let path: String
    var description: String {
      "\(path) is not built. Run the tests by `make test`, or set LEAD_TEST_PROGRAMS to its folder."
    }
  }

  /// The folder of `LEAD_TEST_PROGRAMS`, else that of the test bundle, beside which a build lays them.
  static func path(of name: String) throws -> String {
    let named = ProcessInfo.processInfo.environment["LEAD_TEST_PROGRAMS"].flatMap { $0.isEmpty ? nil : $0 }
    let bundle = URL(fileURLWithPath: CommandLine.arguments[0]).resolvingSymlinksInPath()
    let path = (named ?? bundle.deletingLastPathComponent().path) + "/" + name
    guard FileManager.default.isExecutableFile(atPath: path) else { throw Missing(path: path) }
    return path
  }

  /// The package's own folder, where the shipped configurations are.
  static var package: URL {
    var url = URL(fileURLWithPath: #filePath)
    for _ in 0..<4 { url.deleteLastPathComponent() }
    return url
  }
}
