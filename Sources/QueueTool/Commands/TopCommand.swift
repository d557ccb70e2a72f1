import ArgumentParser
import Database
import Foundation
import Operations
import Timekeeping

struct TopCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "top",
    abstract: "Shows stock, limits, the cycle at work, jobs, workers and the latest events, live.",
    discussion: """
      q or Ctrl-C ends it. Where standard output is no terminal, or with --once, one picture is printed.

      For example: lead-queue top --interval 5
      for a file: lead-queue top --once > now.txt
      """)

  @OptionGroup var common: ProgramOptions
  @Option(name: .long, help: ArgumentHelp("Seconds between two looks at the store.", valueName: "seconds"))
  var interval = 1.0
  @Flag(name: .long, help: "Print one picture and end.") var once = false

  func validate() throws {
    guard (0.1...3600).contains(interval) else { throw ValidationError("--interval is seconds from 0.1 to 3600.") }
  }

  func run() async throws {
    try await runningCommand {
      let desk = try await Desk.open(common)
      guard desk.screen.output.isTerminal, !once else {
        let size = desk.screen.width.map { (columns: $0, rows: Int?.none) } ?? (columns: 100, rows: nil)
        desk.screen.show(Self.picture(try await Self.look(desk), desk, columns: size.columns, rows: size.rows))
        return .done
      }
      try await watch(desk)
      return .done
    }
  }

  private static func look(_ desk: Desk) async throws -> TopFacts {
    let program = desk.program
    return try await desk.store.read { transaction in
      try TopFacts(
        store: program.store.path, policy: program.configuration.policy, calendar: program.calendar,
        moment: program.clock.moment(), in: transaction)
    }
  }

  private static func picture(_ facts: TopFacts, _ desk: Desk, columns: Int, rows: Int?) -> [String] {
    TopFrame(facts: facts, time: desk.screen.time, width: columns, height: rows).lines.map {
      $0.shown(width: columns, on: desk.screen.output)
    }
  }

  private func watch(_ desk: Desk) async throws {
    let terminal = TopTerminal()
    let signals = terminal.heedSignals()
    defer {
      terminal.restore()
      for signal in signals { signal.cancel() }
    }
    let ticks = Task {
      while !Task.isCancelled {
        terminal.tick()
        try? await Task.sleep(for: .milliseconds(Int64(interval * 1000)))
      }
    }
    defer { ticks.cancel() }
    var facts: TopFacts?
    var trouble: String?
    for await event in terminal.events {
      if case .end = event { return }
      if case .tick = event {
        do {
          facts = try await Self.look(desk)
          trouble = nil
        } catch {
          // A server that restarts is waited for; what was seen last stays.
          trouble = ErrorText.describe(error)
        }
      }
      let size = TopTerminal.size
      var lines =
        facts.map {
          Self.picture($0, desk, columns: size.columns, rows: size.rows - (trouble == nil ? 0 : 1))
        } ?? []
      if let trouble {
        lines.insert(TopLine(trouble, .red).shown(width: size.columns, on: desk.screen.output), at: 0)
      }
      terminal.draw(lines)
    }
  }
}
