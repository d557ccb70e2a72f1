import Foundation
import Logging
import TestSupport
import Testing
import Timekeeping

@testable import Operations

@Suite("A log that several share is set aside by size and age, and no line is lost or torn")
struct LogRotationTests {
  private let folder: TemporaryFolder
  private var path: String { folder.path + "/a.log" }
  private let start = Timestamp(milliseconds: 1_795_359_600_000)

  init() throws {
    folder = try TemporaryFolder()
  }

  private func file(bytes: Int64? = nil, age: Duration? = nil, keeping count: Int = 3) -> LogFile {
    let file = LogFile(path: path, rotation: LogRotation(bytesMax: bytes, ageMax: age, keptFiles: count))
    #expect(file.open() == nil)
    return file
  }

  private func lines(_ name: String) throws -> [String] {
    try TextFile.read(folder.path + "/" + name, bytesMax: 8 << 20).split(separator: "\n").map(String.init)
  }

  private func append(_ text: String, to file: LogFile, at time: Timestamp? = nil) {
    let time = time ?? start
    #expect(file.append(ISO8601.text(of: time, offset: 0) + " INFO  " + text, at: time) == nil)
  }

  @Test("by size: before the line that would be too much; the oldest goes; each is for its owner only")
  func size() throws {
    // A line has 33 bytes with its end.
    let file = file(bytes: 70, keeping: 2)
    for number in 0..<9 { append("\(number)", to: file) }
    #expect(try lines("a.log").map(\.last) == ["8"])
    #expect(try lines("a.log.1").map(\.last) == ["6", "7"])
    #expect(try lines("a.log.2").map(\.last) == ["4", "5"])
    #expect(access(path + ".3", F_OK) != 0)
    for name in ["a.log", "a.log.1", "a.log.lock"] {
      let mode = try FileManager.default.attributesOfItem(atPath: folder.path + "/" + name)[.posixPermissions] as? Int
      #expect(mode == 0o600, "\(name)")
    }
    #expect(LogRotation.files(of: path).map { $0.suffix(4) } == ["og.2", "og.1", ".log"])
    file.rotation.keptFiles = 1
    append("longer", to: file)
    append("9", to: file)
    #expect(access(path + ".2", F_OK) != 0, "fewer are kept from now on")
  }

  @Test("by age: of the first line, also when it was written by another process, in either form")
  func age() throws {
    let day = Duration.seconds(86_400)
    let first = file(age: day)
    append("old", to: first)
    append("same", to: first, at: start + day)
    append("new", to: first, at: start + day + .milliseconds(1))
    #expect(try lines("a.log.1").count == 2)
    #expect(try lines("a.log").count == 1)
    let other = file(age: day)
    append("later", to: other, at: start + day + day + .milliseconds(2))
    #expect(try lines("a.log").count == 1, "it read when the file began")
    try Data((#"{"time":"2020-01-01T00:00:00.000Z","level":"info"}"# + "\n").utf8).write(to: URL(fileURLWithPath: path))
    append("json", to: file(age: day))
    #expect(try lines("a.log.1").first?.contains("2020") == true)
  }

  @Test("never, when nothing is asked for; a line longer than the bound stands alone")
  func bounds() throws {
    let never = LogFile(path: path)
    #expect(never.open() == nil)
    append(String(repeating: "x", count: 100), to: never)
    append("y", to: never, at: start + .seconds(86_400_000))
    #expect(access(path + ".1", F_OK) != 0)
    let narrow = file(bytes: 10)
    append("a", to: narrow)
    append("b", to: narrow)
    #expect(try lines("a.log").map(\.last) == ["b"])
    #expect(try lines("a.log.1").map(\.last) == ["a"])
  }

  @Test("a file that somebody else moved, removed or emptied is followed at the next line")
  func others() throws {
    let file = file()
    append("1", to: file)
    try FileManager.default.moveItem(atPath: path, toPath: path + ".moved")
    append("2", to: file)
    #expect(try lines("a.log.moved").map(\.last) == ["1"])
    try FileManager.default.removeItem(atPath: path)
    append("3", to: file)
    #expect(try lines("a.log").map(\.last) == ["3"])
    #expect(truncate(path, 0) == 0)
    append("4", to: file)
    #expect(try lines("a.log").map(\.last) == ["4"])
  }

  @Test("a log that cannot be set aside is told of, and goes on")
  func failure() throws {
    try FileManager.default.createDirectory(atPath: path + ".lock", withIntermediateDirectories: false)
    let file = file(bytes: 10)
    append("1", to: file)
    let reason = file.append("2", at: start)
    #expect(reason?.contains("due to be rotated") == true)
    #expect(try lines("a.log").count == 2)
  }

  @Test("eight writers with files of their own, rotating again and again: every line once, and whole")
  func crowd() async throws {
    let writers = 8
    let count = 500
    try await withThrowingTaskGroup(of: Void.self) { group in
      for writer in 0..<writers {
        let file = file(bytes: 2000, keeping: 900)
        let start = start
        group.addTask {
          for number in 0..<count {
            let failure = file.append(
              "w\(writer) n\(number) \(String(repeating: "x", count: number % 40)) end", at: start)
            #expect(failure == nil)
          }
        }
      }
      try await group.waitForAll()
    }
    let files = LogRotation.files(of: path)
    // More on a machine at rest: who does not get the turn goes on writing.
    #expect(files.count > 5)
    var seen: [Substring: [Int]] = [:]
    for file in files {
      for line in try lines(String(file.split(separator: "/").last ?? "")) {
        let words = line.split(separator: " ")
        #expect(line.hasSuffix(" end"), "torn: \(line)")
        seen[words[0], default: []].append(Int(words[1].dropFirst()) ?? -1)
      }
    }
    #expect(seen.count == writers)
    for (_, numbers) in seen {
      #expect(numbers.count == count)
      #expect(Set(numbers) == Set(0..<count), "none lost, none twice")
    }
  }
}
