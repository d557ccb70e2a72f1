import JobQueue
import LeadStore
import Operations

// Colours say what an operator makes of a state: green is done, yellow is open, red needs somebody.

extension JobState {
  var colour: StandardStream.Colour? {
    switch self {
    case .succeeded: .green
    case .leased: .yellow
    case .dead: .red
    case .waiting, .available, .cancelled: nil
    }
  }
}

extension LeadState {
  var colour: StandardStream.Colour? {
    switch self {
    case .created: .green
    case .selected: .yellow
    case .rejected: .red
    case .available, .withdrawn, .duplicate: nil
    }
  }
}

extension BatchLeadState {
  var colour: StandardStream.Colour? {
    switch self {
    case .created: .green
    case .unresolved: .yellow
    case .rejected: .red
    case .pending, .duplicate, .released: nil
    }
  }
}

extension CycleState {
  var colour: StandardStream.Colour? {
    switch self {
    case .done: .green
    case .running: .yellow
    case .failed: .red
    }
  }
}

extension SnapshotVerdict {
  var colour: StandardStream.Colour? {
    switch self {
    case .held: .yellow
    case .failed: .red
    case .accepted, .unjudged: nil
    }
  }
}

extension SourceState {
  var colour: StandardStream.Colour? {
    switch self {
    case .read: .green
    case .missing, .unreadable: .red
    case .new: nil
    }
  }
}
