import ArgumentParser
import Foundation
import Testing

@testable import manual

@Suite("Every --help shows an example")
struct ExampleTests {
  private struct Shown {
    var path: String
    /// What the path may be typed as: a command that is the default need not be named.
    var forms: [String]
    var examples: [String]
  }

  /// All commands that are shown, as the manual reads them.
  private static func commands(of program: String) throws -> [Shown] {
    let type = try #require(Programs.all[program])
    let root = try JSONDecoder().decode(CommandDescription.Document.self, from: Data(type._dumpHelp().utf8)).command
    var defaults: Set<[String]> = []
    for command in root.withDescendants {
      if let name = command.defaultSubcommand { defaults.insert(command.words + [name]) }
    }
    return root.withDescendants.map { command in
      let path = command.words.joined(separator: " ")
      let short = defaults.contains(command.words) ? [command.words.dropLast().joined(separator: " ")] : []
      return Shown(
        path: path, forms: [path] + short,
        examples: DiscussionText.examples(in: command.discussion ?? "", program: program))
    }
  }

  @Test("of the command at hand, as it is typed", arguments: Programs.names)
  func examples(program: String) throws {
    let commands = try Self.commands(of: program)
    let without = commands.filter { command in
      !command.examples.contains { example in command.forms.contains { (example + " ").contains($0 + " ") } }
    }
    #expect(without.map(\.path) == [])
    if program == "lead-queue" { #expect(commands.count > 25) }
  }

  @Test("that the program understands", arguments: Programs.names)
  func understood(program: String) throws {
    let type = try #require(Programs.all[program])
    // What is left out in an example cannot be tried.
    let examples = try Self.commands(of: program).flatMap(\.examples).filter { !$0.contains("…") }
    #expect(!examples.isEmpty)
    for line in examples {
      for words in Self.invocations(of: line).filter({ $0.first == program }) {
        #expect(throws: Never.self, "\(line)") { try type.parseAsRoot(Array(words.dropFirst())) }
      }
    }
  }

  /// The words of each command of a line, as a shell takes them apart; where output goes is left out.
  private static func invocations(of line: String) -> [[String]] {
    var invocations: [[String]] = [[]]
    var isTarget = false
    for match in line.matches(of: /"([^"]*)"|(\S+)/) {
      let quoted = match.1.map(String.init)
      let word = quoted ?? String(match.2 ?? "")
      if quoted == nil, ["&&", "|", ";"].contains(word) {
        invocations.append([])
      } else if quoted == nil, word == ">" || word == "<" {
        isTarget = true
      } else if isTarget {
        isTarget = false
      } else if quoted == nil, word == "&" || word.hasPrefix("#") {
        break
      } else {
        invocations[invocations.count - 1].append(word)
      }
    }
    return invocations
  }
}
