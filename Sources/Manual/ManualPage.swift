import Foundation

/// The page of one command in section 1 of the manual, in the macros of man(7). Equal descriptions make equal pages.
///
/// Each command has a page of its own: `man lead-queue jobs` looks for lead-queue-jobs(1).
struct ManualPage {
  /// The words that a page's name is made of.
  let words: [String]
  /// The page as roff.
  let text: String

  /// Such as `lead-queue-audit-verify.1`.
  var fileName: String { words.joined(separator: "-") + ".1" }

  init(_ command: CommandDescription) {
    words = command.words
    text = (Self.lines(command) + [""]).joined(separator: "\n")
  }

  /// The pages of a program and of all its commands, from what `PROGRAM --experimental-dump-help` prints. Throws what
  /// decoding throws, and `UnknownForm`.
  static func pages(of document: Data) throws -> [ManualPage] {
    let document = try JSONDecoder().decode(CommandDescription.Document.self, from: document)
    guard document.serializationVersion == 0 else { throw UnknownForm(version: document.serializationVersion) }
    return document.command.withDescendants.map { ManualPage($0) }
  }

  /// The description is of another version of ArgumentParser.
  struct UnknownForm: Error, CustomStringConvertible {
    let version: Int
    var description: String { "descriptions of version \(version) are not known, only 0" }
  }

  private static func lines(_ command: CommandDescription) -> [String] {
    let name = command.words.joined(separator: "-")
    let program = command.words[0]
    var lines = [
      ".TH \"\(RoffText.escaped(name.uppercased()))\" 1 \"\" \"\(RoffText.escaped(program))\"",
      // Neither are commands hyphenated nor lines stretched.
      ".nh", ".ad l",
      ".SH NAME", "\(RoffText.escaped(name)) \\- \(RoffText.prose(summary(command)))",
      ".SH SYNOPSIS", synopsis(command),
    ]
    if let discussion = command.discussion {
      lines += [".SH DESCRIPTION"] + DiscussionText.lines(discussion, program: program)
    }
    if !command.shownSubcommands.isEmpty {
      lines += [".SH COMMANDS"] + command.shownSubcommands.flatMap { entry($0, in: command) }
    }
    lines += [".SH OPTIONS"] + command.shownArguments.flatMap { entry($0, program: program) }
    let others = related(to: command)
    if !others.isEmpty { lines += [".SH SEE ALSO", others.joined(separator: ", ")] }
    return lines
  }

  /// What whatis(1) shows: one line without a full stop.
  private static func summary(_ command: CommandDescription) -> String {
    let line = (command.abstract ?? "").split(whereSeparator: \.isNewline).joined(separator: " ")
    return line.hasSuffix(".") ? String(line.dropLast()) : line
  }

  private static func synopsis(_ command: CommandDescription) -> String {
    var parts = [RoffText.bold(command.words.joined(separator: " "))]
    if !command.shownSubcommands.isEmpty {
      parts.append(command.defaultSubcommand == nil ? RoffText.italic("command") : "[\(RoffText.italic("command"))]")
    }
    for argument in command.shownArguments where !["help", "version"].contains(argument.names?.last?.name) {
      let typed = argument.names?.last.map { RoffText.bold($0.typed) }
      let value = argument.kind == .flag ? nil : RoffText.italic(argument.valueName ?? "value")
      // Name and value stay on one line.
      let form = [typed, value].compactMap(\.self).joined(separator: "\\ ") + (argument.isRepeating ? "\\ ..." : "")
      parts.append(argument.isOptional ? "[\(form)]" : form)
    }
    return parts.joined(separator: " ")
  }

  private static func entry(_ subcommand: CommandDescription, in command: CommandDescription) -> [String] {
    let isDefault = command.defaultSubcommand == subcommand.commandName
    return [
      ".TP", RoffText.bold(subcommand.commandName),
      RoffText.prose(subcommand.abstract ?? "") + (isDefault ? " It is the default." : ""),
    ]
  }

  private static func entry(_ argument: CommandDescription.Argument, program: String) -> [String] {
    // Short names first, as `--help` has them.
    let names = (argument.names ?? []).map { RoffText.bold($0.typed) }.joined(separator: ", ")
    let value = argument.kind == .flag ? nil : RoffText.italic(argument.valueName ?? "value")
    let title = [names.isEmpty ? nil : names, value].compactMap(\.self).joined(separator: " ")
    var choice: [String] = []
    if let values = argument.allValues, !values.isEmpty { choice.append("values: " + values.joined(separator: ", ")) }
    if let value = argument.defaultValue { choice.append("default: " + value) }
    let hints = choice.isEmpty ? nil : "(\(choice.joined(separator: "; ")))"
    let text = [argument.abstract, hints].compactMap(\.self).joined(separator: " ")
    return [".TP", title] + DiscussionText.entry(text)
      + (argument.discussion.map { DiscussionText.entry($0) } ?? [])
  }

  /// The command that this one belongs to, and those that belong to it.
  private static func related(to command: CommandDescription) -> [String] {
    let above = command.superCommands.map { [$0] } ?? []
    return (above + command.shownSubcommands.map(\.words)).filter { !$0.isEmpty }.map {
      RoffText.bold($0.joined(separator: "-")) + "(1)"
    }
  }
}
