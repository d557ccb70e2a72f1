import ArgumentParser
import Foundation
import Launch

/// Used by scripts/install.sh; it is not installed itself.
@main
struct ManualCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "manual",
    abstract: "Writes the manual pages of a program from its own description of its commands.",
    discussion: """
      Reads the description from standard input, and writes a page for the program and one for each of its commands.

      Example:
        lead-queue --experimental-dump-help | manual --out share/man/man1
      """)

  static func main() { main(Launch.arguments) }

  @Option(help: ArgumentHelp("The folder to write to; it exists.", valueName: "folder")) var out: String

  func run() throws {
    let document = try FileHandle.standardInput.readToEnd() ?? Data()
    for page in try ManualPage.pages(of: document) {
      let file = URL(filePath: out, directoryHint: .isDirectory).appending(path: page.fileName)
      try Data(page.text.utf8).write(to: file)
    }
  }
}
