import ArgumentParser
import Database
import Foundation
import Operations
import Timekeeping

struct PromoteCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "promote", abstract: "Moves the store from its SQLite file to a PostgreSQL server.",
    discussion: """
      Stop lead-scheduler and every lead-worker first, or have them asked to end by --drain; a store in use is refused with \
      the processes' names (exit code 75). Everything is copied into one transaction of the server, into the schema \
      lead_queue or that of LEAD_STORE_SCHEMA, which must be empty, and compared: every table, and the audit trail. \
      Should it be interrupted, run it again.

      Afterwards the programs refuse the file, and name the new address: FILE.moved beside it says so. The file itself is \
      left as it was. Go on with LEAD_STORE=postgresql://…; limits, cooldown and the trail go on too.

      No password in the URL: PostgreSQL's password file (~/.pgpass, PGPASSFILE) holds it, or the whole URL stands in \
      LEAD_STORE or in the file that LEAD_STORE_FILE names; leave the argument out then, and name the SQLite file by --store.

      To go back to the file, stop all programs, set LEAD_STORE to the file, remove FILE.moved, and run \
      `lead-queue restore --put-back --reason …`: what was uploaded meanwhile is asked of the CRM. Drop the schema.

      For example: lead-queue promote postgresql://leads@db.example.com/leads --drain --reason "a second machine"
      with the URL kept in a file: LEAD_STORE_FILE=/etc/lead-queue/store-url lead-queue promote --store data/lead-queue.db \
      --reason "a second machine"
      """)

  @OptionGroup var common: ProgramOptions
  @Argument(help: ArgumentHelp("The server, without a password; else what LEAD_STORE says.", valueName: "url"))
  var url: String?
  @Flag(
    name: .long,
    help: """
      Ask the schedulers and workers of this machine to end (SIGTERM), and wait for worker.drain_timeout_seconds and 30 s.
      """)
  var drain = false
  @OptionGroup var reason: ReasonOption

  func run() async throws {
    try await runningCommand {
      let progress = ProgressLine()
      do {
        return try await promote(progress)
      } catch let error as PromotionError {
        progress.clear()
        Message.error("\(error)")
        return error.exitStatus
      } catch {
        progress.clear()
        throw error
      }
    }
  }

  private func promote(_ progress: ProgressLine) async throws -> ExitStatus {
    let settings = try common.source().load()
    let store = settings.configuration.store
    guard case .sqlite(let path) = store.location else {
      throw ProgramError.usage("\(store.location) is on a server already. Name the file to be moved by --store.")
    }
    let server = try server(settings)
    guard FileManager.default.fileExists(atPath: path) else { throw ProgramError.noStore(path) }
    if drain {
      progress.show("Waiting for schedulers and workers to end")
      try await StoreDrain(path: path, limit: settings.configuration.worker.drainTimeout + .seconds(30)).run()
    } else {
      let users = StoreUser.all(of: path)
      guard users.isEmpty else { throw PromotionError.inUse(path: path, users: users, isAsked: false) }
    }
    let report = try await Promotion(
      path: path, server: server, reason: reason.reason, actor: Person.name(), now: settings.environment.clock.now()
    ) { progress.show($0) }.run()
    progress.clear()
    let address = StoreAddress.server(server).name
    let schema = server.schema == ServerAddress.schemaDefault ? "" : ", and LEAD_STORE_SCHEMA to \(server.schema)"
    Screen(settings).tell([
      report.wasThere
        ? "\(address) holds the store \(path) already: \(report.entries) entries of the audit trail agree."
        : "\(address) holds \(report.rows) rows of \(report.tables) tables of \(path). Every table was compared, and the "
          + "audit trail is whole: \(report.entries) entries.",
      "The programs refuse the file from now on. Set LEAD_STORE to the new address\(schema).",
    ])
    return .done
  }

  private func server(_ settings: Settings) throws -> ServerAddress {
    let location = url.map { StoreLocation($0) } ?? settings.environment.store
    let store = settings.configuration.store
    guard case .server(let server) = location?.address(schema: store.schema, isNotifying: store.isNotifying) else {
      throw ProgramError.usage(
        "Expected a server such as postgresql://leads@db.example.com/leads, as argument or in LEAD_STORE.")
    }
    return server
  }
}
