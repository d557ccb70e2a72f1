import ArgumentParser
import Database
import Foundation
import LeadStore
import Operations
import Timekeeping

/// What a command works with: the program over its store, and the screen.
struct Desk: Sendable {
  static let programName = "lead-queue"

  let program: Program
  let screen: Screen

  var store: Store { program.store }

  /// Opens a store that must exist: a command that looks or mends never makes an empty one. Throws
  /// `ProgramError.noStore`.
  static func open(_ options: ProgramOptions, measuring: Measuring = .nothing) async throws -> Desk {
    let settings = try options.source().load()
    if case .sqlite(let path) = settings.configuration.store.location, !FileManager.default.fileExists(atPath: path) {
      throw ProgramError.noStore(path)
    }
    return try await openOrCreate(options, measuring: measuring)
  }

  static func openOrCreate(_ options: ProgramOptions, measuring: Measuring = .nothing) async throws -> Desk {
    let program = try await Program.start(programName, from: options.source(), measuring: measuring)
    return Desk(program: program, screen: Screen(program.settings))
  }

  /// Notes a manual action, who did it and why, in the transaction that performs it.
  static func audit(
    _ action: AuditAction, subject: String, reason: String, detail: [String: any Encodable & Sendable] = [:],
    actor: String, now: Timestamp, in transaction: Transaction
  ) throws {
    try AuditTable.append(
      action, subject: subject, detail: detail.merging(["reason": reason]) { own, _ in own }, actor: actor, now: now,
      in: transaction)
  }
}

/// `--reason`, for every command that changes something.
struct ReasonOption: ParsableArguments {
  @Option(name: .long, help: ArgumentHelp("Why; kept in the audit trail beside your name.", valueName: "text"))
  var reason: String

  func validate() throws {
    guard reason.contains(where: { !$0.isWhitespace }) else { throw ValidationError("--reason must say why.") }
  }
}
