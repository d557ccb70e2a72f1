import ArgumentParser
import Foundation
import TestSupport
import Testing

@testable import manual

@Suite("Pages of the manual")
struct ManualPageTests {
  private static let document = #"""
    {"serializationVersion": 0, "command": {
      "commandName": "ship", "shouldDisplay": true, "abstract": "Sails.", "defaultSubcommand": "go",
      "discussion": "Begin with `ship go`.\n.so is no request, \\d no escape.\n\nExamples:\n  ship go --to 'Rio'\n  ship go\n\nThe end.",
      "arguments": [
        {"kind": "flag", "names": [{"kind": "short", "name": "h"}, {"kind": "long", "name": "help"}], "isOptional": true,
         "isRepeating": false, "shouldDisplay": true, "abstract": "Show help information."}],
      "subcommands": [
        {"commandName": "go", "superCommands": ["ship"], "shouldDisplay": true, "abstract": "Goes somewhere…",
         "discussion": "To a port: ship go --to Rio",
         "arguments": [
          {"kind": "positional", "valueName": "crew", "isOptional": false, "isRepeating": true, "shouldDisplay": true},
          {"kind": "option", "names": [{"kind": "long", "name": "to"}], "valueName": "port", "isOptional": true,
           "isRepeating": false, "shouldDisplay": true, "abstract": "Where to.", "defaultValue": "Rio",
           "allValues": ["Rio", "Oslo"]},
          {"kind": "flag", "names": [{"kind": "long", "name": "secret"}], "isOptional": true, "isRepeating": false,
           "shouldDisplay": false}]},
        {"commandName": "sink", "superCommands": ["ship"], "shouldDisplay": false, "abstract": "Sinks."},
        {"commandName": "help", "superCommands": ["ship"], "shouldDisplay": true, "abstract": "Helps."}]}}
    """#

  @Test("a program and each command that its help shows have one, named as man looks for it")
  func names() throws {
    let pages = try ManualPage.pages(of: Data(Self.document.utf8))
    #expect(pages.map(\.fileName) == ["ship.1", "ship-go.1"])
  }

  @Test("text is filled, and examples stand as they are typed")
  func program() throws {
    let page = try #require(ManualPage.pages(of: Data(Self.document.utf8)).first)
    #expect(
      page.text == #"""
        .TH "SHIP" 1 "" "ship"
        .nh
        .ad l
        .SH NAME
        ship \- Sails
        .SH SYNOPSIS
        \fBship\fR [\fIcommand\fR]
        .SH DESCRIPTION
        Begin with \fBship go\fR.
        .br
        \&.so is no request, \ed no escape.
        .PP
        Examples:
        .RS 4
        .nf
        ship go \-\-to \(aqRio\(aq
        ship go
        .fi
        .RE
        .PP
        The end.
        .SH COMMANDS
        .TP
        \fBgo\fR
        Goes somewhere… It is the default.
        .SH OPTIONS
        .TP
        \fB\-h\fR, \fB\-\-help\fR
        Show help information.
        .SH SEE ALSO
        \fBship\-go\fR(1)

        """#)
  }

  @Test("options tell their values and defaults; hidden ones are not told; a command behind a colon is an example")
  func command() throws {
    let page = try #require(ManualPage.pages(of: Data(Self.document.utf8)).last)
    #expect(
      page.text == #"""
        .TH "SHIP\-GO" 1 "" "ship"
        .nh
        .ad l
        .SH NAME
        ship\-go \- Goes somewhere…
        .SH SYNOPSIS
        \fBship go\fR \fIcrew\fR\ ... [\fB\-\-to\fR\ \fIport\fR]
        .SH DESCRIPTION
        To a port:
        .RS 4
        .nf
        ship go \-\-to Rio
        .fi
        .RE
        .SH OPTIONS
        .TP
        \fIcrew\fR
        .TP
        \fB\-\-to\fR \fIport\fR
        Where to. (values: Rio, Oslo; default: Rio)
        .SH SEE ALSO
        \fBship\fR(1)

        """#)
  }

  @Test("a description of another version is refused")
  func version() {
    let other = Self.document.replacing("\"serializationVersion\": 0", with: "\"serializationVersion\": 1")
    #expect(throws: ManualPage.UnknownForm.self) { try ManualPage.pages(of: Data(other.utf8)) }
  }

  @Test(
    "whatever a text holds, nothing of it becomes a request or an escape, and every block is closed",
    arguments: 0..<200 as Range<UInt64>)
  func escaping(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    let pieces = [".", "'", "\\", "`", "-", "\n", "\n\n", "  ", " ", "so", "Ä…", "\"", ": ship x", "^", "~"]
    let text = (0..<30).map { _ in pieces.randomElement(using: &random) ?? "" }.joined()
    let lines = DiscussionText.lines(text, program: "ship")
    let requests: Set = [".PP", ".br", ".RS 4", ".nf", ".fi", ".RE"]
    #expect(lines.filter { ($0.hasPrefix(".") || $0.hasPrefix("'")) && !requests.contains($0) } == [])
    let known = /\\(?:e|-|&|\((?:aq|ga|dq|ha|ti)|f[BR])/
    #expect(lines.filter { $0.replacing(known, with: "").contains("\\") } == [])
    #expect(lines.count { $0 == ".nf" } == lines.count { $0 == ".fi" })
    #expect(lines.count { $0 == ".RS 4" } == lines.count { $0 == ".RE" })
  }

  @Test("every installed program has its pages, which hold its examples unbroken", arguments: Programs.names)
  func installed(program: String) throws {
    let type = try #require(Programs.all[program])
    let dump = Data(type._dumpHelp().utf8)
    let root = try JSONDecoder().decode(CommandDescription.Document.self, from: dump).command
    let pages = try ManualPage.pages(of: dump)
    #expect(pages.first?.fileName == "\(program).1")
    #expect(pages.count == root.withDescendants.count)
    for (page, command) in zip(pages, root.withDescendants) {
      let lines = Set(page.text.split(separator: "\n").map(String.init))
      let examples = DiscussionText.examples(in: command.discussion ?? "", program: program)
      #expect(examples.filter { !lines.contains(RoffText.escaped($0)) } == [])
    }
  }

  @Test("what is installed is every product that is a program")
  func script() throws {
    let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    let script = try String(contentsOf: root.appending(path: "scripts/install.sh"), encoding: .utf8)
    let list = try #require(script.firstMatch(of: /programs=\(([^)]*)\)/)?.1)
    #expect(list.split(separator: " ").map(String.init).sorted() == Programs.names)
    #expect(script.contains("place_manual\n"))
  }
}
