import ArgumentParser
import Database
import Foundation
import QueueBench

/// `make bench`: what everything costs on this machine, each part beside the raw limit of the same run.
@main
struct BenchmarksCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "benchmarks", abstract: "Measures queue, planner, sources and audit trail beside the raw limit.",
    subcommands: [RunCommand.self, WorkCommand.self], defaultSubcommand: RunCommand.self)
}

/// Runs all measurements.
struct RunCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run", abstract: "Measures everything and prints a table (Markdown).",
    discussion: "Works in a temporary folder in the working directory, on its file system, and removes it.")

  @Option(name: .long, help: ArgumentHelp("Jobs that each side works through in each measure.", valueName: "n"))
  var jobs = BenchPlan().jobs
  @Option(name: .long, help: ArgumentHelp("The most other jobs in the table.", valueName: "n"))
  var rows = 1_000_000
  @Option(name: .long, help: ArgumentHelp("Also writes the document to this file.", valueName: "file"))
  var write: String?

  func validate() throws {
    guard jobs > 0 else { throw ValidationError("--jobs must be at least 1.") }
    guard rows > 1000 else { throw ValidationError("--rows must be more than 1000.") }
  }

  func run() async throws {
    let ground = try BenchGround(in: FileManager.default.currentDirectoryPath)
    let signals = ground.removeAtSignals()
    let result: Result<BenchDocument, any Error>
    do {
      result = .success(try await measure(on: ground))
    } catch {
      result = .failure(error)
    }
    ground.remove()
    for signal in signals { signal.cancel() }
    let document = try result.get()
    print(document.tables)
    if let write { try Data(document.text.utf8).write(to: URL(fileURLWithPath: write)) }
    // As the programs: without C's exit handlers, which free what ending threads still use.
    fflush(nil)
    _exit(0)
  }

  private func measure(on ground: BenchGround) async throws -> BenchDocument {
    let progress: @Sendable (String) -> Void = { text in
      if isatty(STDERR_FILENO) == 1 { FileHandle.standardError.write(Data("\r\u{1b}[2K\(text)".utf8)) }
    }
    defer { progress("") }
    var plan = BenchPlan()
    plan.jobs = jobs
    plan.durability = .power
    plan.flatRows = sizes
    progress("planner")
    let planner = PlannerBench().run()
    progress("source reading")
    let sources = try await SourceBench(ground: ground).run()
    progress("catalog")
    let catalog = try await CatalogBench(ground: ground, rows: rows).run()
    progress("audit trail")
    let audit = try await AuditBench(ground: ground).run()
    let queue = try await QueueBench(plan: plan, ground: ground, entry: ["work", "--task"], progress: progress).run()
    return BenchDocument(
      machine: queue.machine, queue: queue.measures.filter { $0.rows == nil },
      growth: queue.measures.filter { $0.rows != nil }, others: planner + catalog + sources + audit)
  }

  /// From a thousand on, ten times as many each time.
  private var sizes: [Int] {
    var sizes = [1000]
    while let last = sizes.last, last < rows { sizes.append(min(rows, last * 10)) }
    return sizes
  }
}

/// What the measurements of several processes start this program as.
struct WorkCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(commandName: "work", shouldDisplay: false)

  @Option(name: .long, help: "What to do, as JSON.") var task: String

  func run() async throws {
    try await BenchWorker.run(task: task)
    fflush(nil)
    _exit(0)
  }
}
