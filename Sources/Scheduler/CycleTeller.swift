import Foundation
import Operations
import Replenishment
import Synchronization

/// Shows what a cycle tells: its lines on standard output, what is about the run itself on standard error, both in the log;
/// progress on standard error of a terminal.
final class CycleTeller: Sendable {
  private let results: Announcer
  private let messages: Announcer
  private let progress: ProgressLine

  init(program: Program) {
    let isColourRefused = program.settings.environment.isColourRefused
    results = Announcer(
      output: .output(isColourRefused: isColourRefused), log: program.log, label: program.name)
    messages = Announcer(
      output: .error(isColourRefused: isColourRefused), log: program.log, label: program.name)
    progress = ProgressLine()
  }

  @Sendable func tell(_ event: CycleEvent) {
    if case .progress(let done, let total) = event {
      progress.show(done: done, of: total)
      return
    }
    progress.clear()
    let signs = Self.signs(of: event)
    let announcer = event.isAboutTheRun ? messages : results
    for (index, line) in event.lines.enumerated() {
      announcer.announce(signs[min(index, signs.count - 1)], line)
    }
  }

  func end() {
    progress.clear()
  }

  /// One sign for each line of the event, the last for all further ones.
  private static func signs(of event: CycleEvent) -> [Announcer.Sign] {
    switch event {
    case .started, .workingAlone: [.start]
    case .authenticated: [.login]
    case .metrics: [.metrics]
    case .strategy: [.strategy, .targets]
    case .found, .selected, .sourceUsedUp: [.found]
    case .progress, .drafted, .finishingEarlier: [.upload]
    case .complete, .sufficient: [.complete]
    case .blocked: [.strategy, .wait]
    case .readingHeld, .sourceProblem, .territoryShort, .postponed, .refused: [.wait]
    case .unresolved, .failed: [.failure]
    }
  }
}

extension CycleEvent {
  /// Not a result of the cycle, but how it is done.
  fileprivate var isAboutTheRun: Bool {
    switch self {
    case .workingAlone, .sourceProblem, .sourceUsedUp, .finishingEarlier: true
    default: false
    }
  }
}

/// A bar that is drawn over itself on standard error, and only on a terminal.
final class ProgressLine: Sendable {
  private static let width = 30

  private let isShown = isatty(STDERR_FILENO) == 1
  private let last = Mutex("")

  func show(done: Int, of total: Int) {
    guard isShown, total > 0 else { return }
    let filled = Self.width * done / total
    let bar = String(repeating: "█", count: filled) + String(repeating: "░", count: Self.width - filled)
    let line = "\r📤 \(bar) \(done) of \(total) leads"
    let isNew = last.withLock { last in
      defer { last = line }
      return last != line
    }
    if isNew { FileHandle.standardError.write(Data(line.utf8)) }
  }

  func clear() {
    let wasShown = last.withLock { last in
      defer { last = "" }
      return !last.isEmpty
    }
    if wasShown { FileHandle.standardError.write(Data("\r\u{1B}[K".utf8)) }
  }
}
