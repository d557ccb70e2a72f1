import Operations

/// How the results of `doctor` are shown.
struct DoctorReport: Sendable {
  let checks: [HealthCheck]

  var hasFailed: Bool { checks.contains { $0.state == .failed } }

  /// For people: a line for each check, its remedy below. `problemsOnly`: without those that are well or were not looked at.
  func lines(on screen: Screen, problemsOnly: Bool) -> [String] {
    let shown = problemsOnly ? checks.filter { $0.state == .failed || $0.state == .warning } : checks
    let width = HealthCheck.Name.allCases.map(\.rawValue.count).max() ?? 0
    var lines: [String] = []
    for check in shown {
      let word = Self.word(check.state)
      let lead = word + String(repeating: " ", count: 9 - word.count) + check.name.rawValue
      let indent = 9 + width + 2
      let text = lead + String(repeating: " ", count: indent - lead.count)
      for (index, part) in Self.broken(check.finding, room: room(screen, indent)).enumerated() {
        let start = index == 0 ? text : String(repeating: " ", count: indent)
        let line = (start + part).trimmingEnd()
        lines.append(index == 0 ? screen.coloured(word, Self.colour(check.state)) + line.dropFirst(word.count) : line)
      }
      guard let remedy = check.remedy else { continue }
      for (index, part) in Self.broken(remedy, room: room(screen, indent + 2)).enumerated() {
        lines.append(String(repeating: " ", count: indent) + (index == 0 ? "→ " : "  ") + part)
      }
    }
    return lines + (problemsOnly ? [] : ["", summary])
  }

  var summary: String {
    let counts = HealthCheck.State.allCases.map { state in (state, checks.count { $0.state == state }) }
    return "\(checks.count) checks: "
      + counts.filter { $0.1 > 0 }.map { "\($0.1) \(Self.word($0.0).lowercased())" }.joined(separator: ", ")
  }

  /// For programs.
  func document() -> JSONText {
    .object([
      ("healthy", .boolean(!hasFailed)),
      (
        "checks",
        .list(
          checks.map { check in
            .object([
              ("name", .text(check.name.rawValue)), ("state", .text(check.state.rawValue)),
              ("finding", .text(check.finding)), ("remedy", .optional(check.remedy)),
            ])
          })
      ),
    ])
  }

  private static func word(_ state: HealthCheck.State) -> String {
    switch state {
    case .ok: "ok"
    case .warning: "warning"
    case .failed: "FAILED"
    case .notChecked: "unknown"
    }
  }

  private static func colour(_ state: HealthCheck.State) -> StandardStream.Colour? {
    switch state {
    case .ok: .green
    case .warning: .yellow
    case .failed: .red
    case .notChecked: nil
    }
  }

  private func room(_ screen: Screen, _ indent: Int) -> Int? { screen.width.map { max(24, $0 - indent) } }

  /// Several lines where the text has them, or where the terminal ends.
  private static func broken(_ text: String, room: Int?) -> [String] {
    text.split(separator: "\n", omittingEmptySubsequences: false).flatMap {
      $0.description.escapingUnprintable().broken(at: room)
    }
  }
}

extension String {
  fileprivate func trimmingEnd() -> String {
    var text = self[...]
    while text.last == " " { text.removeLast() }
    return String(text)
  }
}
