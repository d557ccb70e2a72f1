import Logging

/// Tells the user what a program does, in the words of docs and scripts: each line goes to standard output and to the
/// activity log. On a terminal a sign precedes it, and outcomes are coloured; anywhere else the line stands alone, so that
/// it can be searched for.
package struct Announcer: Sendable {
  /// What a line is about.
  package enum Sign: String, Sendable, CaseIterable {
    case start = "🚀"
    case login = "🔐"
    case metrics = "📊"
    case strategy = "🎯"
    case targets = "📋"
    case found = "📁"
    case upload = "📤"
    case complete = "✅"
    case wait = "⏳"
    case failure = "❌"

    fileprivate var colour: StandardStream.Colour? {
      switch self {
      case .complete: .green
      case .wait: .yellow
      case .failure: .red
      case .start, .login, .metrics, .strategy, .targets, .found, .upload: nil
      }
    }

    /// What an operator makes of it: a failure needs somebody, everything else is news.
    fileprivate var level: Logger.Level { self == .failure ? .error : .info }
  }

  private let output: StandardStream
  private let log: ActivityLog?
  private let label: String

  /// Without a log the lines are only shown.
  package init(output: StandardStream, log: ActivityLog?, label: String) {
    self.output = output
    self.log = log
    self.label = label
  }

  /// Shows the line and logs it, the same words in both. It is logged whatever the log's level, since it is what the
  /// log is read for, and not repeated on standard error. Control characters are escaped.
  package func announce(_ sign: Sign, _ line: String) {
    let plain = line.escapingUnprintable()
    output.write(output.isTerminal ? sign.rawValue + " " + output.coloured(plain, sign.colour) : plain)
    log?.write(sign.level, line, metadata: [:], label: label, isEchoed: false)
  }
}
