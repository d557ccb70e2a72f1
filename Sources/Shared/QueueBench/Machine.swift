import Database
import Foundation

/// What a measurement ran on, without the machine's name.
package struct Machine: Sendable, Codable, Equatable {
  package var processor: String
  package var cores: Int
  package var memoryGigabytes: Int
  /// Name and release, such as Linux 6.1.0-18-amd64.
  package var kernel: String
  /// Of the measured store, such as ext4.
  package var fileSystem: String
  package var sqlite: String
  /// The server's version, where the measured store is on one.
  package var postgresql: String?
  /// `release`, or `debug`, whose numbers say little.
  package var build: String

  enum CodingKeys: String, CodingKey {
    case processor, cores
    case memoryGigabytes = "memory_gb"
    case kernel
    case fileSystem = "file_system"
    case sqlite, postgresql, build
  }

  package init(
    processor: String, cores: Int, memoryGigabytes: Int, kernel: String, fileSystem: String, sqlite: String,
    postgresql: String? = nil, build: String
  ) {
    self.processor = processor
    self.cores = cores
    self.memoryGigabytes = memoryGigabytes
    self.kernel = kernel
    self.fileSystem = fileSystem
    self.sqlite = sqlite
    self.postgresql = postgresql
    self.build = build
  }

  /// This machine, with the file system that holds `folder`.
  package static func current(folder: String) -> Machine {
    var system = utsname()
    uname(&system)
    #if DEBUG
      let build = "debug"
    #else
      let build = "release"
    #endif
    return Machine(
      processor: processorName() ?? "unknown processor", cores: ProcessInfo.processInfo.activeProcessorCount,
      memoryGigabytes: Int((Double(ProcessInfo.processInfo.physicalMemory) / Double(1 << 30)).rounded()),
      kernel: text(of: &system.sysname) + " " + text(of: &system.release),
      fileSystem: fileSystem(of: folder) ?? "unknown", sqlite: SQLiteConnection.libraryVersion, build: build)
  }

  /// One line for people.
  package var line: String {
    "\(processor), \(cores) cores, \(memoryGigabytes) GB, \(kernel), \(fileSystem), "
      + "\(postgresql.map { "PostgreSQL \($0)" } ?? "SQLite \(sqlite)"), \(build) build"
  }

  private static func text<Field>(of field: inout Field) -> String {
    withUnsafeBytes(of: &field) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
  }

  private static func lines(of path: String) -> [Substring] {
    guard let data = FileManager.default.contents(atPath: path) else { return [] }
    return String(decoding: data, as: UTF8.self).split(separator: "\n")
  }

  private static func processorName() -> String? {
    let line = lines(of: "/proc/cpuinfo").first { $0.hasPrefix("model name") || $0.hasPrefix("Model") }
    return line?.split(separator: ":", maxSplits: 1).last.map { $0.trimmingCharacters(in: .whitespaces) }
  }

  /// The type of the mount that holds the folder: of all mount points above it the longest (proc(5), mountinfo).
  private static func fileSystem(of folder: String) -> String? {
    let path = URL(fileURLWithPath: folder).resolvingSymlinksInPath().path
    var best: (point: Substring, type: Substring)?
    for line in lines(of: "/proc/self/mountinfo") {
      let fields = line.split(separator: " ")
      guard fields.count > 4, let dash = fields.firstIndex(of: "-"), dash + 1 < fields.count else { continue }
      let point = fields[4]
      guard point == "/" || path == point || path.hasPrefix(point + "/") else { continue }
      // Of two mounts on one point the later one is seen.
      if point.count >= best?.point.count ?? 0 { best = (point, fields[dash + 1]) }
    }
    return best.map { String($0.type) }
  }
}
