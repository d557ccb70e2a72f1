import Foundation

/// Every place in `Sources` that asks for a write transaction, as its points are named: read from the text.
enum WriteSites {
  struct Unreadable: Error, CustomStringConvertible {
    let description: String
  }

  /// `Module/File.function(labels:)`, sorted.
  static func all() throws -> [String] {
    let root = Programs.package.appendingPathComponent("Sources").resolvingSymlinksInPath()
    guard let names = FileManager.default.enumerator(atPath: root.path) else {
      throw Unreadable(description: "Sources cannot be read")
    }
    let files = names.compactMap { $0 as? String }.filter { $0.hasSuffix(".swift") }
    let found: [String] = try files.filter { !$0.hasPrefix("Shared/Database/") && !$0.hasPrefix("DemoCRM/") }.flatMap {
      name in
      let text = String(decoding: try Data(contentsOf: root.appendingPathComponent(name)), as: UTF8.self)
      return try Self.sites(in: text, path: name)
    }
    return Set(found).sorted()
  }

  /// Of one file, named from `Sources`.
  static func sites(in text: String, path: String) throws -> [String] {
    let parts = path.split(separator: "/").map(String.init)
    let programs = ["Scheduler": "lead_scheduler", "Worker": "lead_worker", "QueueTool": "lead_queue"]
    let module = parts[0] == "Shared" ? parts[1] : programs[parts[0]] ?? parts[0]
    let file = (parts.last ?? "").replacing(".swift", with: "")
    return try text.matches(of: /[sS]tore\s*\.(write|writeBlocking)\b\s*[({]/).compactMap { match in
      let line = text[..<match.range.lowerBound].split(separator: "\n", omittingEmptySubsequences: false).last ?? ""
      guard !line.contains("//") else { return nil }
      guard let function = function(around: match.range.lowerBound, in: text) else {
        throw Unreadable(description: "\(path) writes outside of a function")
      }
      return "\(module)/\(file).\(function)"
    }
  }

  /// The nearest declaration above that is indented less than this line, as `#function` names it.
  private static func function(around place: String.Index, in text: String) -> String? {
    let above = text[..<place]
    let line = above.split(separator: "\n", omittingEmptySubsequences: false).last ?? ""
    let indentation = line.prefix { $0 == " " }.count
    let declarations = above.matches(of: /(?m)^( *)[a-z@() ]*\b(?:func (\w+)|(init))[?]?(?:<[^>(]*>)?\(/)
    guard let last = declarations.last(where: { $0.1.count < indentation }) else { return nil }
    let name = last.2.map(String.init) ?? "init"
    return name + "(" + labels(of: text[last.range.upperBound...]) + ")"
  }

  /// `from:to:_:` of a list of parameters, which begins behind its parenthesis.
  private static func labels(of text: Substring) -> String {
    var depth = 0
    var isAtStart = true
    var labels = ""
    var word = ""
    for character in text {
      if character == ")", depth == 0 { break }
      if "([{<".contains(character) { depth += 1 }
      if ")]}>".contains(character) { depth -= 1 }
      if depth == 0, isAtStart {
        if character.isLetter || character.isNumber || character == "_" {
          word.append(character)
        } else if !word.isEmpty {
          labels += word + ":"
          (word, isAtStart) = ("", false)
        }
      }
      if depth == 0, character == "," { isAtStart = true }
    }
    return labels
  }
}
