/// A command of a program as `PROGRAM --experimental-dump-help` describes it, as far as a page of the manual tells it. The form
/// is ArgumentParser's, whose library does not offer the type; fields that a page does not use are passed over.
struct CommandDescription: Decodable, Equatable {
  /// The whole document. Version 0 is the only one known.
  struct Document: Decodable {
    var serializationVersion: Int
    var command: CommandDescription
  }

  struct Argument: Decodable, Equatable {
    enum Kind: String, Decodable { case positional, option, flag }

    struct Name: Decodable, Equatable {
      enum Kind: String, Decodable { case long, short, longWithSingleDash }
      var kind: Kind
      var name: String

      /// As it is typed.
      var typed: String { (kind == .long ? "--" : "-") + name }
    }

    var kind: Kind
    /// None of a positional argument.
    var names: [Name]?
    var valueName: String?
    var isOptional: Bool
    var isRepeating: Bool
    var shouldDisplay: Bool
    var abstract: String?
    var discussion: String?
    var defaultValue: String?
    var allValues: [String]?
  }

  var commandName: String
  /// The names of the commands that it belongs to, the program first.
  var superCommands: [String]?
  var shouldDisplay: Bool
  var abstract: String?
  var discussion: String?
  var defaultSubcommand: String?
  var arguments: [Argument]?
  var subcommands: [CommandDescription]?

  /// The words of the command, the program first.
  var words: [String] { (superCommands ?? []) + [commandName] }

  /// What `--help` shows.
  var shownArguments: [Argument] { (arguments ?? []).filter(\.shouldDisplay) }

  /// What `--help` shows, but for `help`, which ArgumentParser adds and which has nothing to tell.
  var shownSubcommands: [CommandDescription] {
    (subcommands ?? []).filter { $0.shouldDisplay && $0.commandName != "help" }
  }

  /// The command and all below it, each before its own subcommands.
  var withDescendants: [CommandDescription] { [self] + shownSubcommands.flatMap(\.withDescendants) }
}
