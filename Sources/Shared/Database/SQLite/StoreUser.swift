import Foundation

/// Another process that has a store in a file open.
package struct StoreUser: Sendable, Equatable {
  /// 0: it lives in another process namespace, such as a container's.
  package let pid: Int32
  /// Its program, as the kernel names it: up to 15 bytes; empty where it cannot be seen.
  package let name: String

  package init(pid: Int32, name: String) {
    self.pid = pid
    self.name = name
  }

  /// All of them, by number. This process must not have the store open (`StoreCopy.user`).
  package static func all(of path: String) -> [StoreUser] {
    guard let first = StoreCopy.user(of: path) else { return [] }
    var pids = lockers(of: path + "-shm")
    pids.insert(first)
    pids.remove(getpid())
    return pids.sorted().map { StoreUser(pid: $0, name: programName(of: $0)) }
  }

  /// Who holds a lock on byte 128 of the file, by /proc/locks: fcntl(2) names only one of them.
  private static func lockers(of path: String) -> Set<Int32> {
    var status = stat()
    guard stat(path, &status) == 0 else { return [] }
    let lines = contents(of: "/proc/locks").split(separator: "\n")
    return Set(
      lines.compactMap { line -> Int32? in
        // Such as `7: POSIX  ADVISORY  READ 5433 08:01:7864448 128 128`.
        let fields = line.split(separator: " ")
        guard fields.count == 8, fields[1] == "POSIX", fields[5].hasSuffix(":\(status.st_ino)"),
          let start = Int64(fields[6]), start <= 128, fields[7] == "EOF" || (Int64(fields[7]) ?? 0) >= 128
        else { return nil }
        return Int32(fields[4])
      })
  }

  private static func programName(of pid: Int32) -> String {
    String(contents(of: "/proc/\(pid)/comm").prefix { $0 != "\n" })
  }

  private static func contents(of path: String) -> String {
    FileManager.default.contents(atPath: path).map { String(decoding: $0, as: UTF8.self) } ?? ""
  }
}

/// Processes have a store open that nobody else may use.
package struct StoreInUse: Error, Sendable, Equatable {
  package let users: [StoreUser]

  package init(users: [StoreUser]) {
    self.users = users
  }
}
