import JobQueue
import LeadStore

/// How much a person should care. Shown by a word always, by colour too.
enum Level: String, Sendable {
  case good, warn, bad, calm
}

extension JobState {
  var level: Level {
    switch self {
    case .succeeded: .good
    case .leased: .warn
    case .dead: .bad
    case .waiting, .available, .cancelled: .calm
    }
  }
}

extension CycleState {
  var level: Level {
    switch self {
    case .done: .good
    case .running: .warn
    case .failed: .bad
    }
  }
}

extension SourceState {
  var level: Level {
    switch self {
    case .read: .good
    case .new: .calm
    case .missing, .unreadable: .bad
    }
  }
}

/// A word with its level.
struct Badge: Sendable {
  var text: String
  var level: String

  init(_ text: String, _ level: Level) {
    self.text = text
    self.level = level.rawValue
  }
}
