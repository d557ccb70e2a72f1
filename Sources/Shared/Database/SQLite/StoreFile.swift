import CLinux
import Foundation

/// The SQLite file on disk: created with mode 0600 on a local file system, recognised while in use.
struct StoreFile: Sendable {
  let path: String

  /// Which file it is, so that a replaced one is noticed.
  struct Identity: Equatable, Sendable {
    let device: UInt64
    let inode: UInt64
  }

  /// Creates the file (0600) and its folder (0700) when missing. The file is never opened here when it exists: closing a
  /// second descriptor of it would drop SQLite's POSIX locks in this process.
  ///
  /// A file without a byte that was a store before is `corrupt`: filled anew, it would have forgotten what was uploaded.
  func create(
    fileSystemType: (_ folder: String) -> Int = { lq_file_system_type($0) }
  ) throws(DatabaseError) {
    let folder = (path as NSString).deletingLastPathComponent
    if !folder.isEmpty { try createFolder(folder) }
    try refuseNetworkFileSystem(fileSystemType(folder.isEmpty ? "." : folder))
    var status = stat()
    if stat(path, &status) == 0 {
      guard status.st_mode & S_IFMT == S_IFREG else { throw .cannotOpen(path, reason: "it is not a regular file") }
      if status.st_size == 0, Gate.knowsUse(of: path) { throw .corrupt(path) }
      return
    }
    let file = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    if file >= 0 {
      close(file)
    } else if errno != EEXIST {
      throw .opening(path, code: errno)
    } else if identity == nil {
      // Somebody else may have made it just now, but then it is there.
      throw .cannotOpen(path, reason: "it is a link to a file that does not exist")
    }
  }

  /// Nil when no file is there.
  var identity: Identity? {
    var status = stat()
    guard stat(path, &status) == 0 else { return nil }
    return Identity(device: UInt64(status.st_dev), inode: UInt64(status.st_ino))
  }

  private func createFolder(_ folder: String) throws(DatabaseError) {
    do {
      try FileManager.default.createDirectory(
        atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    } catch {
      throw .cannotOpen(path, reason: "its folder \(folder) cannot be created")
    }
  }

  /// `f_type` values of statfs(2) on which SQLite's documentation warns that file locks are not reliable.
  private static let networkFileSystems: [Int: String] = [
    0x6969: "NFS", 0x517B: "SMB", 0xFF53_4D42: "CIFS", 0xFE53_4D42: "SMB2", 0x5346_414F: "AFS", 0x00C3_6400: "Ceph",
    0x0BD0_0BD0: "Lustre",
  ]

  /// Throws `networkFileSystem` where the file's folder is on one.
  func refuseNetworkFileSystem() throws(DatabaseError) {
    let folder = (path as NSString).deletingLastPathComponent
    try refuseNetworkFileSystem(lq_file_system_type(folder.isEmpty ? "." : folder))
  }

  private func refuseNetworkFileSystem(_ type: Int) throws(DatabaseError) {
    if let type = Self.networkFileSystems[type & 0xFFFF_FFFF] {
      throw .networkFileSystem(path, type: type)
    }
  }
}

extension DatabaseError {
  /// The error for a file of the store that open(2) refused with `code`.
  static func opening(_ path: String, code: Int32) -> DatabaseError {
    switch code {
    case EACCES, EPERM, EROFS: .readOnly(path)
    default: .cannotOpen(path, reason: String(cString: strerror(code)))
    }
  }
}
