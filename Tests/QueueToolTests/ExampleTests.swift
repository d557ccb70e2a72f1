import ArgumentParser
import Testing

@testable import lead_queue

@Suite("Every --help shows an example")
struct ExampleTests {
  /// Commands that do something themselves, by their names; those that only group others have none.
  private static func doers(_ command: any ParsableCommand.Type, _ path: String) -> [(path: String, help: String)] {
    let configuration = command.configuration
    let children = configuration.subcommands + configuration.groupedSubcommands.flatMap(\.subcommands)
    guard children.isEmpty else {
      return children.flatMap { doers($0, path + " " + ($0.configuration.commandName ?? "")) }
    }
    return configuration.shouldDisplay ? [(path, configuration.discussion)] : []
  }

  @Test("of the command at hand, as it is typed")
  func examples() {
    let doers = Self.doers(QueueToolCommand.self, "lead-queue")
    #expect(doers.count > 25)
    #expect(doers.filter { !$0.help.contains($0.path) }.map(\.path) == [])
  }
}
