import Connectors
import Database
import Foundation
import Operations
import Timekeeping

/// What `doctor` asks the machine, so that tests can answer in its place.
struct Surroundings: Sendable {
  /// The name and version of the library that stores in files go through.
  var sqliteVersion = SQLiteConnection.libraryVersion
  /// Other processes that have the store in a file open. To be asked before this process opens it.
  var storeUsers: @Sendable (_ path: String) -> [StoreUser] = { StoreUser.all(of: $0) }
  /// Free and whole bytes of the file system that holds a folder; nil where nothing can be told.
  var space: @Sendable (_ folder: String) -> DiskSpace? = { DiskSpace(ofFolder: $0) }
  /// What this machine's clock shows; nil: as the environment says.
  var clock: WallClock?
  /// Where a CRM may be found on this machine, in the order of preference.
  var knownCRMs = CRMDiscovery.baseURLs
  /// How long each group of checks may take.
  var limit = Duration.seconds(6)
}

/// Bytes of a file system.
struct DiskSpace: Sendable, Equatable {
  var free: Int64
  var whole: Int64

  init(free: Int64, whole: Int64) {
    self.free = free
    self.whole = whole
  }

  /// What an ordinary user may still fill.
  init?(ofFolder folder: String) {
    var status = statvfs()
    guard statvfs(folder.isEmpty ? "." : folder, &status) == 0 else { return nil }
    self.init(
      free: Int64(status.f_bavail) * Int64(status.f_frsize), whole: Int64(status.f_blocks) * Int64(status.f_frsize))
  }
}
