package import Timekeeping

/// A way to people; the channel of a `notify` job.
package enum AlertChannel: String, Sendable, CaseIterable, Codable {
  case mail
  case slack
}

/// A message to people, the same on every channel. It holds no lead data and no secret.
package struct Bulletin: Sendable, Equatable {
  /// `bulletin.kind`.
  package enum Kind: String, Sendable, CaseIterable {
    case alerts
    case digest
    /// Sent by hand; never in the store.
    case test
  }

  package var kind: Kind
  /// One line.
  package var title: String
  /// Lines of plain text; an empty one parts paragraphs.
  package var lines: [String]

  /// Line breaks and other control characters within a line become spaces.
  package init(kind: Kind, title: String, lines: [String]) {
    self.kind = kind
    self.title = Bulletin.line(title)
    self.lines = lines.map(Bulletin.line)
  }

  private static func line(_ text: String) -> String {
    String(String.UnicodeScalarView(text.unicodeScalars.map { $0.properties.generalCategory == .control ? " " : $0 }))
  }
}

/// An alert of which people have not been told how it stands.
package struct UntoldAlert: Sendable, Equatable {
  package var id: Int64
  package var key: AlertKey
  package var text: String
  package var raisedAt: Timestamp
  /// Whether they were told that it began.
  package var isRaiseTold: Bool
  /// Its end, and how it is now; nil: it lasts.
  package var recovery: Recovery?

  package struct Recovery: Sendable, Equatable {
    package var at: Timestamp
    package var text: String

    package init(at: Timestamp, text: String) {
      self.at = at
      self.text = text
    }
  }

  package init(
    id: Int64, key: AlertKey, text: String, raisedAt: Timestamp, isRaiseTold: Bool, recovery: Recovery?
  ) {
    self.id = id
    self.key = key
    self.text = text
    self.raisedAt = raisedAt
    self.isRaiseTold = isRaiseTold
    self.recovery = recovery
  }
}

extension [UntoldAlert] {
  /// Those to be told now: in quiet hours the severe ones only.
  package func due(isQuiet: Bool) -> [UntoldAlert] { filter { !isQuiet || $0.key.event.isSevere } }
}

extension Bulletin {
  /// All of them in one message: what is new first, then what is over. `time` shows a moment to people.
  package init(of alerts: [UntoldAlert], time: (Timestamp) -> String) {
    let raised = alerts.filter { $0.recovery == nil }
    let over = alerts.filter { $0.recovery != nil }
    let title = [Self.title(raised.map(\.text)), Self.title(over.compactMap(\.recovery?.text)).map { "Over: \($0)" }]
      .compactMap(\.self).first
    var lines = raised.map { "- \($0.text). Since \(time($0.raisedAt)). [\($0.key.event.rawValue)]" }
    for alert in over {
      guard let recovery = alert.recovery else { continue }
      let was = alert.isRaiseTold ? "" : " It was: \(alert.text)."
      lines.append(
        "- Over: \(recovery.text).\(was) From \(time(alert.raisedAt)) to \(time(recovery.at)). "
          + "[\(alert.key.event.rawValue)]")
    }
    self.init(kind: .alerts, title: title ?? "Nothing to tell", lines: lines)
  }

  private static func title(_ texts: [String]) -> String? {
    texts.first.map { texts.count == 1 ? $0 : "\($0), and \(texts.count - 1) more" }
  }
}
