import Database
import Foundation
import Operations

/// What `doctor` finds on the machine: disks, rights of files, the log, SQLite's version. Blocks on the file system.
struct MachineExamination: Sendable {
  let settings: Settings
  /// The variables of the environment, of which those named `…_FILE` name files.
  let variables: [String: String]
  let surroundings: Surroundings
  /// Others that have the store in a file open.
  let storeUsers: [StoreUser]

  private var storePath: String? {
    if case .sqlite(let path) = settings.configuration.store.location { path } else { nil }
  }
  private var logPath: String { settings.environment.logFile ?? ActivityLog.defaultFile }

  var checks: [HealthCheck] { [log, fileModes, diskSpace, sqliteVersion] }

  // MARK: Log

  private var log: HealthCheck {
    let path = logPath
    let folder = Self.folder(of: path)
    let isThere = access(path, F_OK) == 0
    guard access(isThere ? path : folder, W_OK) == 0 else {
      return .failed(
        .log, "the log \(path) cannot be written: \(String(cString: strerror(errno)))",
        remedy: "let the user of the programs write to it, or name another file with LEAD_LOG_FILE")
    }
    // Rotation renames the file, and makes a new one beside it.
    guard access(folder, W_OK) == 0 else {
      return .warning(
        .log, "the log \(path) can be written but not rotated: its folder cannot be written to",
        remedy: "let the user of the programs write to \(ShellWord.quoted(folder)), or set LEAD_LOG_FILE")
    }
    return .ok(.log, isThere ? path : "\(path), which the first program makes")
  }

  // MARK: Rights

  /// Whoever reads these files reads lead data or secrets.
  private var fileModes: HealthCheck {
    var open: [(path: String, mode: Int)] = []
    for path in privateFiles {
      // Foundation asks rather than `stat`, whose members the modules of a server, imported elsewhere in this program, hide.
      let target = URL(filePath: path).resolvingSymlinksInPath().path
      let attributes = try? FileManager.default.attributesOfItem(atPath: target)
      guard let mode = (attributes?[.posixPermissions] as? NSNumber)?.intValue, mode & 0o077 != 0 else { continue }
      open.append((path, mode))
    }
    guard let first = open.first else { return .ok(.fileModes, "store, log and secrets are their owner's alone") }
    let others = open.count > 1 ? " and \(open.count - 1) more" : ""
    return .failed(
      .fileModes,
      "other users may open \(first.path) (mode \(String(first.mode & 0o7777, radix: 8)))\(others)",
      remedy: "chmod go= \(ShellWord.quoted(open.map(\.path)))")
  }

  private var privateFiles: [String] {
    var paths = LogRotation.files(of: logPath)
    if let storePath {
      paths += ["", "-wal", "-shm", MoveMark.ending].map { storePath + $0 }
      paths.append(settings.configuration.store.location.uploadCopies)
    }
    // What a supervisor or a container hands in lies in a room of its own, whatever its mode.
    let rooms = ["/run/secrets/", "/run/credentials/"]
    let secrets: [EnvironmentVariable] = [
      .store, .crmPassword, .crmDatabaseURL, .smtpURL, .smtpPassword, .slackWebhookURL,
    ]
    paths += secrets.compactMap { variables[$0.fileVariable] }.filter { path in
      !path.isEmpty && !rooms.contains(where: path.hasPrefix)
    }
    return paths
  }

  // MARK: Space

  /// Below this, writes fail soon.
  static let freeBytesMin: Int64 = 100 << 20
  /// Below this, somebody should look.
  static let freeBytesWarned: Int64 = 1 << 30

  private var diskSpace: HealthCheck {
    var folders = [Self.folder(of: logPath)]
    if let storePath { folders.append(Self.folder(of: storePath)) }
    let known = folders.compactMap { folder in surroundings.space(folder).map { (folder: folder, space: $0) } }
    guard let (folder, space) = known.min(by: { $0.space.free < $1.space.free }) else {
      return .notChecked(.diskSpace, because: "this machine does not tell how much space is free")
    }
    let finding = "\(Self.megabytes(space.free)) free of \(Self.megabytes(space.whole)) at \(folder)"
    let remedy =
      "make room (df -h \(ShellWord.quoted(folder))), or move the store: lead-queue backup, then LEAD_STORE; log and copies take "
      + "less with monitoring.log_keep_files and source_management.backup_uploaded_leads"
    if space.free < Self.freeBytesMin { return .failed(.diskSpace, finding, remedy: remedy) }
    if space.free < Self.freeBytesWarned, space.free < space.whole / 10 {
      return .warning(.diskSpace, finding, remedy: remedy)
    }
    return .ok(.diskSpace, finding)
  }

  private static func megabytes(_ bytes: Int64) -> String {
    bytes < 10 << 30 ? "\(bytes >> 20) MB" : "\(bytes >> 30) GB"
  }

  private static func folder(of path: String) -> String {
    let folder = (path as NSString).deletingLastPathComponent
    return folder.isEmpty ? "." : folder
  }

  // MARK: SQLite

  private var sqliteVersion: HealthCheck {
    let version = surroundings.sqliteVersion
    guard storePath != nil else {
      return .ok(.sqliteVersion, "\(version); the store is on PostgreSQL")
    }
    guard Self.mayLoseCommits(version) else { return .ok(.sqliteVersion, "\(version), free of the WAL-reset bug") }
    let upgrade = "install SQLite 3.51.3 or newer when the system offers it"
    let strangers = storeUsers.filter { $0.pid != 0 && !$0.name.isEmpty && !$0.name.hasPrefix("lead-") }
    guard let stranger = strangers.first else {
      return .ok(
        .sqliteVersion,
        "\(version) has the WAL-reset bug, mitigated: these programs checkpoint one at a time and never by themselves",
        remedy: upgrade + "; until then open the store with these programs only")
    }
    return .warning(
      .sqliteVersion,
      "\(version) has the WAL-reset bug, and \(stranger.name) (process \(stranger.pid)), which may checkpoint as it likes, has "
        + "the store open: commits can be lost",
      remedy:
        "end process \(stranger.pid), and look at the store with lead-queue or at a copy (lead-queue backup); \(upgrade)"
    )
  }

  /// SQLite 3.7.0 to 3.51.2 can lose a commit when checkpoints overlap; the fix was carried back to 3.50.7 and 3.44.6
  /// (https://sqlite.org/wal.html#walresetbug).
  static func mayLoseCommits(_ version: String) -> Bool {
    let parts = version.split(separator: ".").map { Int($0) ?? 0 }
    guard parts.count >= 3 else { return true }
    switch (parts[0], parts[1]) {
    case (3, 44): return parts[2] < 6
    case (3, 50): return parts[2] < 7
    case (3, 51): return parts[2] < 3
    case (3, 7..<51): return true
    default: return false
    }
  }
}
