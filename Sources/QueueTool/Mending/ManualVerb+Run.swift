import ArgumentParser
import Database
import JobQueue
import Operations
import Timekeeping

// What the commands `cancel` and `retry` do with their options.

extension ManualVerb {
  func validate(_ choice: JobChoice) throws {
    for state in choice.state where !possible.contains(state) {
      throw ValidationError(
        "A job that is \(state.rawValue) cannot be \(past); --state takes "
          + possible.map(\.rawValue).joined(separator: ", ") + ".")
    }
  }

  func run(
    _ choice: JobChoice, because reason: String, as format: OutputFormat, on desk: Desk
  ) async throws -> ExitStatus {
    let mending = JobMending(desk: desk, verb: self, actor: Person.name(), reason: reason, format: format)
    guard choice.hasFilter else { return try await mending.run(named: choice.jobs, isDryRun: choice.dryRun) }
    let newest = try await desk.store.read { try JobTable.newestID(in: $0) }
    let filter = choice.filter(from: possible, newestID: newest, now: desk.program.clock.now())
    return try await mending.run(filter, choice: choice)
  }
}
