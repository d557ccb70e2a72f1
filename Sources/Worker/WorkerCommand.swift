import ArgumentParser
import Connectors
import Foundation
import Logging
import Operations
import Replenishment
import Timekeeping

@main
struct WorkerCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "lead-worker",
    abstract: "Runs the jobs that lead-scheduler enqueues: reads the CRM's stock, imports sources, uploads leads.",
    discussion: """
      Any number of workers may share one store. SIGTERM or Ctrl-C drains: what runs may finish, then everything else is \
      handed back; a second one ends at once. SIGHUP reloads the configuration.

      Example:
        lead-worker --store data/lead-queue.db --concurrency 2
      """,
    version: Program.version)

  @OptionGroup var common: ProgramOptions

  @Option(help: ArgumentHelp("Jobs at once, 1 or more (default: worker.concurrency).", valueName: "n"))
  var concurrency: Int?

  @Option(help: ArgumentHelp("Queues to serve, separated by commas, in this order.", valueName: "a,b"))
  var queues: String?

  @Option(help: ArgumentHelp("How long running jobs may take to finish at a drain.", valueName: "seconds"))
  var drainTimeout: Double?

  func validate() throws {
    if let concurrency, concurrency < 1 {
      throw ValidationError("--concurrency takes a whole number of 1 or more, not \(concurrency)")
    }
    if let drainTimeout, !(drainTimeout >= 0 && drainTimeout <= 86_400) {
      throw ValidationError("--drain-timeout takes seconds from 0 to 86400, not \(drainTimeout)")
    }
    let unknown = chosenQueues.filter { !JobKind.workerQueues.contains($0) }
    if let name = unknown.first {
      throw ValidationError("there is no queue \(name); there are \(JobKind.workerQueues.joined(separator: ", "))")
    }
  }

  private var chosenQueues: [String] {
    queues.map { $0.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) } } ?? JobKind.workerQueues
  }

  func run() async throws {
    try await runningCommand {
      let program = try await Program.start("lead-worker", from: common.source())
      try await WorkerService(program: program).run { crm in
        program.workerPool(
          crm: crm, concurrency: concurrency, queues: chosenQueues, drainTimeout: drainTimeout.map { .seconds($0) })
      }
      return .done
    }
  }
}
