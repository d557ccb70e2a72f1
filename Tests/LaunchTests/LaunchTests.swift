import Foundation
import Testing

@testable import Launch

@Suite("What a process was started with")
struct LaunchTests {
  @Test("Where the runtime knows the words, they are taken from it, without the program's name")
  func known() {
    #expect(Launch.words(known: ["program", "--mode", "once"], kernel: "/nowhere") == ["--mode", "once"])
    #expect(Launch.words(known: ["program"], kernel: "/nowhere") == [])
  }

  @Test("Where it found nothing, they are the kernel's: empty words and such with spaces too")
  func unknown() throws {
    let file = FileManager.default.temporaryDirectory.appending(path: "launch-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: file) }
    for words in [[], ["--mode", "once"], ["--reason", "", "ein Grund ü", ""]] {
      try Data((["program"] + words).map { $0 + "\0" }.joined().utf8).write(to: file)
      #expect(Launch.words(known: [], kernel: file.path) == words)
    }
  }

  @Test("The arguments of this process are those that the runtime found")
  func own() {
    #expect(Launch.arguments == Array(CommandLine.arguments.dropFirst()))
    #expect(Launch.words(known: [], kernel: "/proc/self/cmdline") == Launch.arguments)
  }
}
