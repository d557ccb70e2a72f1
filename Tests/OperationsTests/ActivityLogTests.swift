import Foundation
import Logging
import Synchronization
import TestSupport
import Testing
import Timekeeping

@testable import Operations

/// Lines that a stream was given, for tests.
final class CapturedLines: Sendable {
  private let captured = Mutex<[String]>([])

  var lines: [String] { captured.withLock { $0 } }

  func stream(isTerminal: Bool = false, isColoured: Bool = false) -> StandardStream {
    StandardStream(isTerminal: isTerminal, isColoured: isColoured) { line in
      self.captured.withLock { $0.append(line) }
    }
  }
}

struct ActivityLogTests {
  // 2026-11-22 15:00:00.123 UTC, in New York 10:00 in winter time.
  private let time = Timestamp(milliseconds: 1_795_359_600_123)

  private func record(_ message: String, _ metadata: Logger.Metadata = [:], level: Logger.Level = .info) -> LogRecord {
    LogRecord(time: time, level: level, label: "test", message: message, metadata: metadata)
  }

  private func log(
    _ path: String, level: Logger.Level = .info, format: LogFormat = .text, error: StandardStream
  ) -> ActivityLog {
    ActivityLog(
      file: LogFile(path: path), format: format, level: level, zone: LogZone(identifier: "America/New_York"),
      clock: .system, standardError: error, common: ["program": "lead-test"])
  }

  private func lines(_ path: String) throws -> [String] {
    try TextFile.read(path, bytesMax: 8 << 20).split(separator: "\n").map(String.init)
  }

  @Test("a line of text has time with zone, level, message and metadata in order of their names")
  func textLine() {
    let offset = LogZone(identifier: "America/New_York").offset(at: time)
    #expect(
      record("cycle closed", ["job_id": "7", "attempt": "2"]).line(.text, offset: offset)
        == "2026-11-22T10:00:00.123-05:00 INFO  cycle closed attempt=2 job_id=7")
    #expect(record("m", level: .warning).line(.text, offset: 0) == "2026-11-22T15:00:00.123Z WARNING m")
  }

  @Test("a line of JSON keeps types and every name once")
  func jsonLine() throws {
    let metadata: Logger.Metadata = [
      "attempt": .stringConvertible(2), "late": .stringConvertible(true), "level": "deep", "list": ["a", "b"],
    ]
    let line = record("say \"x\"", metadata).line(.json, offset: -18_000)
    #expect(
      line == #"{"time":"2026-11-22T10:00:00.123-05:00","level":"info","message":"say \"x\"","logger":"test","#
        + #""attempt":2,"late":true,"_level":"deep","list":["a", "b"]}"#)
    #expect(try JSONDocument.parse(line).value.typeName == "an object")
  }

  @Test("no text can break a line or redraw the terminal", arguments: LogFormat.allCases)
  func noInjection(format: LogFormat) {
    let evil = "x\n2026-01-01T00:00:00Z ERROR forged\r\t\u{1b}[2J\u{0}\u{85}\u{2028}\u{202e}\u{7f}"
    let metadata: Logger.Metadata = ["k": .string(evil), "d\ne": .dictionary([evil: .string(evil)])]
    let line = record(evil, metadata).line(format, offset: 0)
    for scalar in line.unicodeScalars {
      #expect(scalar.properties.generalCategory != .control && scalar.value != 0x2028 && scalar.value != 0x202e)
    }
    #expect(line.contains("x\\n2026"))
  }

  @Test("values with spaces, quotes or equals signs are quoted")
  func quoting() {
    let line = record("m", ["a": "x y", "b": "", "c": "p=q", "d": "say \"x\"", "e": "plain"]).shortLine
    #expect(line == #"INFO  m a="x y" b="" c="p=q" d="say \"x\"" e=plain"#)
  }

  @Test("zones change their offset with daylight saving")
  func daylightSaving() {
    let zone = LogZone(identifier: "America/New_York")
    // Clocks go back at 06:00 UTC on 2026-11-01.
    let change = Timestamp(milliseconds: 1_793_512_800_000)
    #expect(zone.offset(at: change - .milliseconds(1)) == -14_400)
    #expect(zone.offset(at: change) == -18_000)
  }

  @Test("the file is created with mode 0600, appended to, and holds what its level asks for")
  func file() throws {
    let folder = try TemporaryFolder()
    let path = folder.path + "/a.log"
    let captured = CapturedLines()
    let first = log(path, level: .warning, error: captured.stream())
    let logger = first.logger(label: "test")
    logger.info("hidden")
    logger.warning("shown", metadata: ["n": "1"])
    first.level = .info
    logger.info("now shown")
    log(path, error: captured.stream()).logger(label: "other").info("appended")

    let written = try lines(path)
    #expect(written.count == 3)
    #expect(written[0].hasSuffix(" WARNING shown n=1 program=lead-test"))
    #expect(written[1].hasSuffix(" INFO  now shown program=lead-test"))
    #expect(written[2].hasSuffix(" INFO  appended program=lead-test"))
    let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
    #expect(mode == 0o600)
    #expect(captured.lines == [written[0]], "warnings go to standard error, news does not")
  }

  @Test("on a terminal standard error is short, and coloured unless refused")
  func terminal() throws {
    let folder = try TemporaryFolder()
    let coloured = CapturedLines()
    log(folder.path + "/a.log", error: coloured.stream(isTerminal: true, isColoured: true)).logger(label: "t").error(
      "e")
    #expect(coloured.lines == ["\u{1b}[31mERROR e program=lead-test\u{1b}[0m"])
    let plain = CapturedLines()
    log(folder.path + "/a.log", error: plain.stream(isTerminal: true)).logger(label: "t").warning("w")
    #expect(plain.lines == ["WARNING w program=lead-test"])
  }

  @Test("a log file that cannot be written is said once, and the program goes on")
  func unwritable() {
    let captured = CapturedLines()
    let log = log("/no/such/folder/a.log", error: captured.stream(isTerminal: true))
    let logger = log.logger(label: "t")
    logger.info("one")
    logger.info("two")
    #expect(
      captured.lines == [
        "WARNING the log file /no/such/folder/a.log cannot be written: No such file or directory"
      ])
  }

  @Test("a full disk is said once")
  func fullDisk() {
    let captured = CapturedLines()
    let logger = log("/dev/full", error: captured.stream()).logger(label: "t")
    logger.info("one")
    logger.info("two")
    #expect(captured.lines == ["WARNING the log file /dev/full cannot be written: No space left on device"])
  }

  @Test("after rotation the log goes on in a new file")
  func rotation() throws {
    let folder = try TemporaryFolder()
    let path = folder.path + "/a.log"
    let log = log(path, error: CapturedLines().stream())
    log.logger(label: "t").info("before")
    try FileManager.default.moveItem(atPath: path, toPath: path + ".1")
    log.reopen()
    log.logger(label: "t").info("after")
    #expect(try lines(path).count == 1)
    #expect(try lines(path + ".1").count == 1)
  }

  @Test("lines of many writers on one file never mix")
  func manyWriters() async throws {
    let folder = try TemporaryFolder()
    let path = folder.path + "/a.log"
    let message = String(repeating: "x", count: 9000)
    await withTaskGroup(of: Void.self) { group in
      for writer in 0..<8 {
        // A log each, so that only O_APPEND and whole writes keep them apart, as between processes.
        let logger = log(path, error: CapturedLines().stream()).logger(label: "t")
        group.addTask { for _ in 0..<50 { logger.info("\(message)", metadata: ["writer": "\(writer)"]) } }
      }
    }
    let written = try lines(path)
    #expect(written.count == 400)
    #expect(written.allSatisfy { $0.contains(" INFO  \(message) program=lead-test writer=") })
  }

  @Test("a clock started at LEAD_NOW is said loudly, and its times are in the log")
  func shiftedClock() throws {
    let folder = try TemporaryFolder()
    let path = folder.path + "/a.log"
    var settings = Settings(configuration: Configuration(), environment: Environment(), file: nil)
    settings.environment.logFile = path
    settings.environment.now = time
    _ = ActivityLog(settings, program: "lead-test")
    let written = try lines(path)
    #expect(written.count == 1)
    #expect(written[0].hasPrefix("2026-11-22T10:00:0"))
    #expect(
      written[0].hasSuffix(
        " WARNING the clock does not show the real time: it was started at LEAD_NOW program=lead-test"))
  }
}
