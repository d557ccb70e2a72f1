import ArgumentParser
import Connectors
import Foundation
import Launch
import Logging
import Operations
import Replenishment
import Timekeeping

@main
struct WorkerCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "lead-worker",
    abstract: """
      Runs the jobs that lead-scheduler enqueues: reads the CRM's stock, imports sources, uploads leads, \
      brings messages to people.
      """,
    discussion: """
      Any number of workers may share one store. SIGTERM or Ctrl-C drains: what runs may finish, then everything else is \
      handed back; a second one ends at once. SIGHUP reloads the configuration.

      Example:
        lead-worker --store data/lead-queue.db --concurrency 2
      """,
    version: Program.version)

  static func main() async { await main(Launch.arguments) }

  @OptionGroup var common: ProgramOptions
  @OptionGroup var metrics: MetricsOption

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
    let unknown = chosenQueues.filter { !Self.servedQueues.contains($0) }
    if let name = unknown.first {
      throw ValidationError("there is no queue \(name); there are \(Self.servedQueues.joined(separator: ", "))")
    }
  }

  private var chosenQueues: [String] {
    queues.map { $0.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) } } ?? Self.servedQueues
  }

  private static let servedQueues = JobKind.workerQueues + [JobKind.notify.queue]

  func run() async throws {
    try await runningCommand {
      let program = try await Program.start("lead-worker", from: common.source(), measuring: metrics.measuring)
      let drainTimeout = drainTimeout.map { Duration.seconds($0) }
      let queues = chosenQueues.filter { $0 != JobKind.notify.queue }
      let bulletins = chosenQueues == queues ? nil : program.bulletinPool(drainTimeout: drainTimeout)
      let service = WorkerService(program: program, bulletins: bulletins, needsCRM: !queues.isEmpty)
      try await program.recorded {
        try await service.run { crm in
          program.workerPool(crm: crm, concurrency: concurrency, queues: queues, drainTimeout: drainTimeout)
        }
      }
      return .done
    }
  }
}
