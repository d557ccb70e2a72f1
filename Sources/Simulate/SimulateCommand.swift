import ArgumentParser
import Database
import Foundation
import Simulation

@main
struct SimulateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "simulate",
    abstract: "Lives through simulated days of the whole system with faults, and checks every promise.",
    discussion: """
      Each seed is one company over a few days. A broken promise is shown with the command that replays it; exit code 1.

      Examples:
        simulate --seeds 200 --fresh
        simulate --seed 17 --trace
      """)

  @Option(help: "How many seeds.") var seeds = 100
  @Option(help: "The first of them.") var from: UInt64 = 1
  @Flag(help: "Begin at a random seed.") var fresh = false
  @Option(help: "This seed alone.") var seed: UInt64?
  @Option(help: "Simulated days of each.") var days = 3
  @Option(help: "The share of all kinds of faults that a seed has, 0 to 1.") var faults = 0.45
  @Option(help: ArgumentHelp("PostgreSQL in place of a file; without a password.", valueName: "url")) var store: String?
  @Flag(help: "Show everything that happens.") var trace = false
  @Flag(help: "Stop at the first broken promise.") var failFast = false

  /// Without it Swift's dictionaries have another order in each process.
  private static let hashing = "SWIFT_DETERMINISTIC_HASHING"

  func run() throws {
    guard ProcessInfo.processInfo.environment[Self.hashing] == "1" else { return try again() }
    Simulation.prepare()
    let first = seed ?? (fresh ? UInt64.random(in: 1...1_000_000_000) : from)
    let tally = SeedTally(days: days, faults: faults)
    let start = ContinuousClock.now
    for number in first..<(first + UInt64(seed == nil ? seeds : 1)) {
      let folder = try makeFolder()
      defer { removeFolder(folder) }
      let report = Simulation.run(
        seed: number, days: days, faultShare: faults, server: server, watch: trace ? { print($0) } : nil)
      tally.add(report)
      if report.violation != nil, failFast { break }
    }
    tally.show(took: ContinuousClock.now - start)
    if tally.failures > 0 { throw ExitCode(1) }
  }

  /// In a schema of this process.
  private var server: ServerAddress? {
    store.map {
      ServerAddress(
        url: $0, shownURL: "the server", schema: "simulation_\(ProcessInfo.processInfo.processIdentifier)",
        isNotifying: true)
    }
  }

  /// This program once more, with the order of dictionaries fixed.
  private func again() throws {
    setenv(Self.hashing, "1", 1)
    var arguments: [UnsafeMutablePointer<CChar>?] = CommandLine.arguments.map { strdup($0) }
    arguments.append(nil)
    execv("/proc/self/exe", arguments)
    throw ValidationError("this program could not start itself again")
  }

  /// In memory where there is room: the store syncs at every commit.
  private func makeFolder() throws -> String {
    let base = FileManager.default.isWritableFile(atPath: "/dev/shm") ? "/dev/shm" : NSTemporaryDirectory()
    let folder = "\(base)/simulation-\(ProcessInfo.processInfo.processIdentifier)"
    removeFolder(folder)
    try FileManager.default.createDirectory(
      atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    // From here every name is the same in each process.
    guard FileManager.default.changeCurrentDirectoryPath(folder) else {
      throw ValidationError("\(folder) cannot be entered")
    }
    return folder
  }

  private func removeFolder(_ folder: String) {
    try? FileManager.default.removeItem(atPath: folder)
  }
}
