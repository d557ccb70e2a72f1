import ArgumentParser
import Database
import LeadStore
import Operations
import Timekeeping

struct MigrateCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "migrate", abstract: "Creates the store, or brings its schema up to date.",
    discussion: """
      Every program does this when it starts; do it by hand to see that it works, or to make an empty store.

      For example: lead-queue migrate --store data/lead-queue.db
      """)

  @OptionGroup var common: ProgramOptions

  func run() async throws {
    try await runningCommand {
      let settings = try common.source().load()
      let now = settings.environment.clock.now()
      let store = try await Program.open(settings.configuration.store.address, now: now)
      try await Program.prepare(store)
      let steps = try await store.read { try MigrationTable.list(in: $0) }
      // The migrator notes the moment that it was given.
      let applied = steps.filter { $0.appliedAt == now }
      let screen = Screen(settings)
      for step in applied { screen.show("Applied \(step.version) \(step.name)") }
      screen.show(
        "\(store.path): schema version \(steps.last?.version ?? 0), "
          + (applied.isEmpty ? "was current already" : "now current"))
      return .done
    }
  }
}
