import ArgumentParser
import Database
import Foundation
import Operations
import QueueBench

struct BenchCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bench", abstract: "Measures the job queue on this machine, beside the raw limit in C.",
    discussion: """
      Jobs that do nothing go through the same code as real ones, in turns with a plain loop in C that writes the same \
      rows, so that the ratio holds on a noisy machine too. Works on a fresh store in a temporary folder beside the \
      configured one, on the same file system, or on a configured PostgreSQL server in schemas of their own, and removes \
      it; the configured store is not touched.

      For example: lead-queue bench
      quickly: lead-queue bench --jobs 10000 --only enqueue,settle
      """)

  /// `--durability`.
  enum DurabilityChoice: String, CaseIterable {
    case process, power
  }

  @OptionGroup var common: ProgramOptions
  @Option(name: .long, help: ArgumentHelp("Jobs that each side works through in each measure.", valueName: "n"))
  var jobs = BenchPlan().jobs
  @Option(name: .long, help: ArgumentHelp("Processes on one store, compared with one; 2 to 64.", valueName: "n"))
  var processes = 4
  @Option(name: .long, help: ArgumentHelp("Jobs leased and settled at once; 1 to 10000.", valueName: "n"))
  var batch = 100
  @Option(
    name: .long,
    help: ArgumentHelp("Only these parts: \(BenchPlan.Part.names), separated by commas.", valueName: "parts"),
    transform: BenchCommand.parts)
  var only = Set(BenchPlan.Part.allCases)
  @Option(
    name: .long,
    help: .choice("What enqueueing and settling survive; power measures both", DurabilityChoice.self),
    transform: choice)
  var durability = DurabilityChoice.process
  @Option(name: .long, help: ArgumentHelp("Other jobs in the table, compared with 1000.", valueName: "n"))
  var flatRows = 1_000_000
  @OptionGroup var format: FormatOption

  func validate() throws {
    guard jobs > 0 else { throw ValidationError("--jobs must be at least 1.") }
    guard (2...64).contains(processes) else { throw ValidationError("--processes must be 2 to 64.") }
    guard (1...10_000).contains(batch) else { throw ValidationError("--batch must be 1 to 10000.") }
    guard !only.isEmpty else { throw ValidationError("--only must name a part.") }
    guard flatRows > 1000 else { throw ValidationError("--flat-rows must be more than 1000.") }
  }

  func run() async throws {
    try await runningCommand {
      let settings = try common.source().load()
      let ground = try BenchGround(in: Self.folder(for: settings), server: Self.server(for: settings))
      let signals = ground.removeAtSignals()
      let result: Result<BenchReport, any Error>
      do {
        result = .success(try await measure(on: ground))
      } catch {
        result = .failure(error)
      }
      // In every case: the process ends without anybody's deinit.
      ground.remove()
      for signal in signals { signal.cancel() }
      BenchScreen(Screen(settings)).show(try result.get(), as: format.format)
      return .done
    }
  }

  private func measure(on ground: BenchGround) async throws -> BenchReport {
    let place = ground.server.map { "schemas on \($0.shownURL), which are" } ?? "\(ground.folder), which is"
    FileHandle.standardError.write(Data("Measuring in \(place) removed afterwards.\n".utf8))
    let line = ProgressLine()
    defer { line.clear() }
    return try await QueueBench(plan: plan, ground: ground, entry: ["bench-worker", "--task"]) { line.show($0) }.run()
  }

  private var plan: BenchPlan {
    var plan = BenchPlan()
    plan.parts = only
    plan.jobs = jobs
    plan.batch = batch
    plan.processes = processes
    plan.durability = durability == .power ? .power : .process
    plan.flatRows = [1000, flatRows]
    plan.latencySamples = min(plan.latencySamples, max(50, jobs / 100))
    return plan
  }

  /// Beside the configured store, when there is such a folder; else here.
  private static func folder(for settings: Settings) -> String {
    let here = FileManager.default.currentDirectoryPath
    guard case .sqlite(let path) = settings.configuration.store.location else { return here }
    let beside = URL(fileURLWithPath: path).deletingLastPathComponent().path
    return FileManager.default.isWritableFile(atPath: beside) ? beside : here
  }

  private static func server(for settings: Settings) -> ServerAddress? {
    guard case .server(let server) = settings.configuration.store.address else { return nil }
    return server
  }

  private static func parts(_ text: String) throws -> Set<BenchPlan.Part> {
    try Set(
      text.split(separator: ",").map { name in
        guard let part = BenchPlan.Part(rawValue: String(name)) else {
          throw ValidationError("expected some of \(BenchPlan.Part.names), separated by commas.")
        }
        return part
      })
  }
}

/// What `lead-queue bench` starts itself as. Not for people.
struct BenchWorkerCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bench-worker", abstract: "Works for a measurement of `lead-queue bench`.", shouldDisplay: false)

  @Option(name: .long, help: "What to do, as JSON.") var task: String

  func run() async throws {
    try await runningCommand {
      try await BenchWorker.run(task: task)
      return .done
    }
  }
}

extension BenchPlan.Part {
  fileprivate static var names: String { allCases.map(\.rawValue).joined(separator: ", ") }
}
