import Foundation
import TestSupport
import Testing
import Timekeeping

@testable import Database

@Suite(.serialized) struct StoreFileTests {
  private let folder: TemporaryFolder
  private var path: String { folder.file("store.db") }

  init() throws {
    folder = try TemporaryFolder()
  }

  @Test("Every file of a store is for its owner only, whatever the umask allows")
  func modes() async throws {
    let store = try await Store.openNotes(path)
    try await store.addNote("x")
    for file in ["", "-wal", "-shm", ".gate"] { #expect(try mode(path + file) == 0o600, "store.db\(file)") }
  }

  @Test("Missing folders are made, for their owner only")
  func folders() async throws {
    let store = try await Store.openNotes(folder.file("a/b/store.db"))
    try await store.addNote("x")
    #expect(try mode(folder.file("a")) == 0o700)
    #expect(try mode(folder.file("a/b")) == 0o700)
  }

  @Test("A folder, a socket, or a file of something else is no store, and stays as it is")
  func notAStore() async throws {
    #expect(
      await databaseError { _ = try await Store.openNotes(folder.path) }
        == .cannotOpen(folder.path, reason: "it is not a regular file"))
    let text = String(repeating: "{\"uploaded\": [1, 2, 3]}\n", count: 200)
    try text.write(toFile: path, atomically: false, encoding: .utf8)
    #expect(await databaseError { _ = try await Store.openNotes(path) } == .notADatabase(path))
    #expect(try String(contentsOfFile: path, encoding: .utf8) == text)
  }

  @Test("A path through a file, or to a broken link, cannot be opened")
  func impossiblePaths() async throws {
    try "x".write(toFile: folder.file("file"), atomically: false, encoding: .utf8)
    let through = folder.file("file/store.db")
    guard case .cannotOpen(through, _)? = await databaseError({ _ = try await Store.openNotes(through) }) else {
      throw Unexpected()
    }
    try FileManager.default.createSymbolicLink(atPath: folder.file("link"), withDestinationPath: "/nowhere/at/all")
    let link = folder.file("link")
    guard case .cannotOpen(link, _)? = await databaseError({ _ = try await Store.openNotes(link) }) else {
      throw Unexpected()
    }
  }

  @Test("A store that was cut off is reported as damaged, wherever it was cut", arguments: [1, 2, 3, 4])
  func truncated(quarter: Int) async throws {
    do {
      let store = try await Store.openNotes(path)
      for number in 0..<200 { try await store.addNote(String(repeating: "\(number) ", count: 200)) }
      #expect(try await store.checkpoint())
    }
    try removeLog()
    let whole = try size(path)
    // Inside the header, inside the first page, in the middle, before the last page.
    let length = [1: 50, 2: 1500, 3: whole / 2, 4: whole - 4096][quarter] ?? 0
    let file = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
    try file.truncate(atOffset: UInt64(length))
    try file.close()
    let error = await databaseError {
      let store = try await Store.openNotes(path)
      _ = try await store.read { try $0.query("SELECT id, text FROM note ORDER BY id DESC") { $0.text(1) } }
    }
    #expect(error == .corrupt(path) || error == .notADatabase(path))
    #expect(try size(path) == length)
  }

  @Test("A store whose file was moved away, deleted or replaced takes and shows nothing more", arguments: 0..<3)
  func replaced(how: Int) async throws {
    let store = try await Store.openNotes(path)
    try await store.addNote("before")
    let files = FileManager.default
    switch how {
    case 0: try files.moveItem(atPath: path, toPath: folder.file("elsewhere.db"))
    case 1: try files.removeItem(atPath: path)
    default:
      try files.copyItem(atPath: path, toPath: folder.file("new.db"))
      _ = rename(folder.file("new.db"), path)
    }
    #expect(await databaseError { try await store.addNote("after") } == .replaced(path))
    #expect(await databaseError { _ = try await store.noteCount() } == .replaced(path))
    #expect(await databaseError { _ = try await store.checkpoint() } == .replaced(path))
  }

  @Test("A folder or file that may not be written is reported as read-only", arguments: Protection.allCases)
  func withoutPermission(protection: Protection) async throws {
    if protection != .emptyFolder {
      try RawConnection(path).execute("PRAGMA journal_mode = WAL; CREATE TABLE x (i INTEGER)")
      chmod(path, protection == .file ? 0o444 : 0o666)
    }
    chmod(folder.path, protection == .file ? 0o777 : 0o555)
    defer { chmod(folder.path, 0o755) }
    await #expect(processExitsWith: .success) { [path = path as String] in
      // Root may write everywhere: be somebody else, in this process alone.
      if geteuid() == 0 { try #require(setuid(65534) == 0) }
      #expect(await databaseError { _ = try await Store.openNotes(path) } == .readOnly(path))
    }
  }

  enum Protection: String, CaseIterable, Sendable {
    case emptyFolder, folder, file
  }

  @Test(
    "A store on a network file system is refused with its kind, and not made",
    arguments: [(0x6969, "NFS"), (0xFF53_4D42, "CIFS"), (Int(Int32(bitPattern: 0xFE53_4D42)), "SMB2")])
  func networkFileSystem(type: Int, name: String) async throws {
    var host = StoreHost()
    host.fileSystemType = { _ in type }
    let error = await databaseError { [host] in
      _ = try await Store.open(.file(path), steps: notes, now: noon, host: host)
    }
    #expect(error == .networkFileSystem(path, type: name))
    #expect(!FileManager.default.fileExists(atPath: path))
  }

  @Test("A store that was used and has no byte left is damaged, not new; a file that was never a store is new")
  func emptied() async throws {
    #expect(FileManager.default.createFile(atPath: path, contents: nil))
    do {
      let store = try await Store.openNotes(path)
      try await store.addNote("x")
      #expect(try await store.checkpoint())
    }
    try removeLog()
    #expect(truncate(path, 0) == 0)
    #expect(await databaseError { _ = try await Store.openNotes(path) } == .corrupt(path))
    #expect(try size(path) == 0)
  }

  @Test("Local file systems are accepted")
  func fileSystem() throws {
    try StoreFile(path: path).create()
    #expect(StoreFile(path: path).identity != nil)
    #expect(StoreFile(path: folder.file("none")).identity == nil)
  }

  /// The store may just be closing on a thread of its own, and remove them itself.
  private func removeLog() throws {
    for suffix in ["-wal", "-shm"] where unlink(path + suffix) != 0 && errno != ENOENT { throw Unexpected() }
  }
}

struct Unexpected: Error {}
