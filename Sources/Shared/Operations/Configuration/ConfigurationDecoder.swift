/// Turns the text of a configuration file into a `Configuration`, collecting every problem on the way.
///
/// The keys of `lead_inventory_thresholds` and `upload_controls` are also taken at the top level and in the other of the two
/// sections, since files written for the replaced script differ there.
struct ConfigurationDecoder {
  /// Sections whose keys may stand in either, or at the top level.
  private static let exchangeable = ["lead_inventory_thresholds", "upload_controls"]
  /// Names under which editors and people note things that are no settings.
  private static let ignored = ["$schema"]

  /// So many unknown keys are compared with the known ones. A file with more is no slip of the hand, and each comparison costs.
  private static let suggestionsMax = 100

  private let file: String
  private var unknownKeys = 0
  private var configuration = Configuration()
  private var problems: [ConfigurationProblem] = []
  /// Canonical path → where it was written; keys and whole sections.
  private var written: [String: (path: String, line: Int)] = [:]

  private init(file: String) {
    self.file = file
  }

  /// Decodes `text`; `file` is only named in problems. The rules over several keys are checked only when every key is
  /// fine by itself, so that one slip is reported once.
  static func decode(_ text: String, file: String) -> (configuration: Configuration, problems: [ConfigurationProblem]) {
    var decoder = ConfigurationDecoder(file: file)
    decoder.decode(text)
    return (decoder.configuration, decoder.problems)
  }

  private mutating func decode(_ text: String) {
    let root: JSONNode
    do {
      root = try JSONDocument.parse(text)
    } catch {
      return report("", line: error.line, .syntax(error.reason))
    }
    guard case .object(let members) = root.content else {
      return report("", line: root.line, .wrongValue(expected: "an object", found: root.value.typeName))
    }
    visit(members, path: [])
    if problems.isEmpty {
      for rule in ConfigurationRule.all {
        if let (key, reason) = rule.violation(in: configuration, written: { written[$0].map { $0.line } }) {
          report(written[key]?.path ?? key, line: written[key]?.line, .impossible(reason))
        }
      }
    }
  }

  private mutating func visit(_ members: [JSONMember], path: [String]) {
    var lines: [String: Int] = [:]
    for member in members {
      let writtenPath = path + [member.name]
      if let first = lines.updateValue(member.line, forKey: member.name) {
        lines[member.name] = first
        report(writtenPath.joined(separator: "."), line: member.line, .repeated(first: first))
      } else if !(path.isEmpty && ConfigurationDecoder.ignored.contains(member.name)) {
        visit(member, written: writtenPath)
      }
    }
  }

  private mutating func visit(_ member: JSONMember, written path: [String]) {
    let shown = path.joined(separator: ".")
    let canonical = ConfigurationDecoder.canonical(path)
    let canonicalPath = canonical.joined(separator: ".")
    let key = ConfigurationDecoder.keys[canonicalPath]
    guard key != nil || ConfigurationDecoder.isSection(canonical) else {
      unknownKeys += 1
      return report(
        shown, line: member.line,
        unknownKeys <= Self.suggestionsMax ? Self.reasonForUnknown(path) : .unknownKey(nearest: "none"))
    }
    if let other = written.updateValue((shown, member.line), forKey: canonicalPath) {
      return report(shown, line: member.line, .givenTwice(elsewhere: other.path, line: other.line))
    }
    if let key {
      let value = member.value.value
      if key.accepts(value) {
        key.set(value, in: &configuration)
      } else {
        reportWrong(value, for: key, at: shown, member)
      }
      findRepeated(in: member.value, path: shown)
    } else if case .object(let members) = member.value.content {
      visit(members, path: path)
    } else {
      let found = member.value.value.typeName
      report(shown, line: member.line, .wrongValue(expected: "an object", found: found))
    }
  }

  private mutating func reportWrong(
    _ value: JSONValue, for key: ConfigurationKey, at path: String, _ member: JSONMember
  ) {
    if key.kind == .text(.storeLocation), case .text(let text) = value, DatabaseAddress.holdsPassword(text) {
      return report(path, line: member.line, .secret(variable: EnvironmentVariable.store.rawValue))
    }
    if case .shaped(let shape) = key.kind {
      for problem in shape.problems(in: member.value, path: path) {
        report(problem.path, line: problem.line, problem.reason)
      }
      return
    }
    report(path, line: member.line, .wrongValue(expected: key.expectation, found: key.finding(value)))
  }

  /// Names given twice inside a value that is taken as it is.
  private mutating func findRepeated(in node: JSONNode, path: String) {
    switch node.content {
    case .scalar: break
    case .list(let nodes):
      for node in nodes { findRepeated(in: node, path: path) }
    case .object(let members):
      var lines: [String: Int] = [:]
      for member in members {
        let memberPath = path + "." + member.name
        if let first = lines[member.name] {
          report(memberPath, line: member.line, .repeated(first: first))
        } else {
          lines[member.name] = member.line
        }
        findRepeated(in: member.value, path: memberPath)
      }
    }
  }

  private mutating func report(_ key: String, line: Int?, _ reason: ConfigurationProblem.Reason) {
    problems.append(ConfigurationProblem(file: file, line: line, key: key, reason: reason))
  }
}

extension ConfigurationDecoder {
  /// The path under which the table knows what was written at `path`.
  private static func canonical(_ path: [String]) -> [String] {
    let names = exchangeable.contains(path[0]) ? path.dropFirst() : path[...]
    guard let name = names.first else { return path }
    for section in exchangeable where isKnown([section, name]) { return [section] + names }
    return path
  }

  private static func isKnown(_ path: [String]) -> Bool { isSection(path) || names.contains(path) }

  private static func isSection(_ path: [String]) -> Bool { sections.contains(path) }

  private static let keys = Dictionary(
    ConfigurationKey.all.map { ($0.path, $0) }, uniquingKeysWith: { first, _ in first })
  private static let names = Set(ConfigurationKey.all.map(\.names))
  private static let sections = Set(
    ConfigurationKey.all.flatMap { key in (0..<key.names.count).map { Array(key.names.prefix($0)) } })

  /// Every path that may be written canonically: sections before the keys in them.
  private static func knownPaths() -> [[String]] {
    var paths: [[String]] = []
    var seen: Set<[String]> = []
    for key in ConfigurationKey.all {
      let names = key.names
      for count in 1...names.count where seen.insert(Array(names.prefix(count))).inserted {
        paths.append(Array(names.prefix(count)))
      }
    }
    return paths
  }

  private static func reasonForUnknown(_ path: [String]) -> ConfigurationProblem.Reason {
    if let variable = secretVariable(path) { return .secret(variable: variable.rawValue) }
    let parent = Array(path.dropLast())
    let paths = knownPaths()
    let siblings = paths.filter { Array($0.dropLast()) == parent || canonical(parent + [$0[$0.count - 1]]) == $0 }
    let others = paths.filter { !siblings.contains($0) }
    let names = (siblings + others).map { $0[$0.count - 1] }
    guard let nearest = nearestName(to: path[path.count - 1], in: names), let position = names.firstIndex(of: nearest)
    else { return .unknownKey(nearest: "none") }
    return .unknownKey(nearest: (siblings + others)[position].joined(separator: "."))
  }

  /// The variable for a key that asks for a secret or a login.
  private static func secretVariable(_ path: [String]) -> EnvironmentVariable? {
    let name = String(decoding: foldedName(path.joined()), as: UTF8.self)
    let last = String(decoding: foldedName(path[path.count - 1]), as: UTF8.self)
    if name.contains("webhook") { return .slackWebhookURL }
    if last.contains("databaseurl") { return .crmDatabaseURL }
    let isMail = ["smtp", "mail"].contains(where: name.contains)
    if last == "user" || last.hasSuffix("username") { return isMail ? .smtpUsername : .crmUsername }
    if ["password", "passwd", "secret", "token", "apikey", "credential"].contains(where: last.contains) {
      return isMail ? .smtpPassword : .crmPassword
    }
    return nil
  }
}
