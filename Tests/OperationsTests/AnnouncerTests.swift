import Logging
import TestSupport
import Testing
import Timekeeping

@testable import Operations

struct AnnouncerTests {
  private func announcer(_ output: StandardStream, logPath: String, error: StandardStream) -> Announcer {
    let log = ActivityLog(
      file: LogFile(path: logPath), format: .text, level: .error, zone: LogZone(identifier: "UTC"), clock: .system,
      standardError: error)
    return Announcer(output: output, log: log, label: "lead-scheduler")
  }

  @Test("where no terminal is, a line stands alone, and the log has the same words")
  func plainLine() throws {
    let folder = try TemporaryFolder()
    let output = CapturedLines()
    let error = CapturedLines()
    let announcer = announcer(output.stream(), logPath: folder.path + "/a.log", error: error.stream())
    announcer.announce(.metrics, "Current metrics: 101 total, 101 available")
    announcer.announce(.failure, "Authentication failed")
    #expect(output.lines == ["Current metrics: 101 total, 101 available", "Authentication failed"])
    #expect(error.lines == [], "what was shown is not shown twice")
    let log = try TextFile.read(folder.path + "/a.log")
    #expect(log.contains("Z INFO  Current metrics: 101 total, 101 available\n"))
    #expect(log.contains("Z ERROR Authentication failed\n"))
  }

  @Test(
    "on a terminal its sign precedes a line",
    arguments: [
      (Announcer.Sign.metrics, "📊 x"), (.strategy, "🎯 x"), (.targets, "📋 x"), (.found, "📁 x"), (.complete, "✅ x"),
      (.wait, "⏳ x"),
    ])
  func signs(sign: Announcer.Sign, line: String) {
    let output = CapturedLines()
    Announcer(output: output.stream(isTerminal: true), log: nil, label: "t").announce(sign, "x")
    #expect(output.lines == [line])
  }

  @Test("colour is used only on a terminal that does not refuse it")
  func colour() {
    let output = CapturedLines()
    Announcer(output: output.stream(isTerminal: true, isColoured: true), log: nil, label: "t").announce(.wait, "x")
    #expect(output.lines == ["⏳ \u{1b}[33mx\u{1b}[0m"])
  }

  @Test("control characters of a line are escaped")
  func escaping() {
    let output = CapturedLines()
    Announcer(output: output.stream(), log: nil, label: "t").announce(.found, "a\nb\u{1b}[2J")
    #expect(output.lines == ["a\\nb\\u001b[2J"])
  }
}
