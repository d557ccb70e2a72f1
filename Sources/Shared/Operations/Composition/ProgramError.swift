import ArgumentParser
import Database
import Foundation
import Launch
import LeadStore
import Leads

/// What keeps a program from its work, beyond the errors of the modules below.
package enum ProgramError: Error, Sendable, Equatable {
  /// No base URL is given and no healthy CRM answers on the known ports.
  case noCRM
  /// A store that a command only reads does not exist.
  case noStore(String)
  /// A file that a command was given, or is to write; says what is wrong.
  case file(String)
  /// A value on the command line; `expected` says what would be right.
  case usage(String)
}

extension ProgramError: CustomStringConvertible {
  package var description: String {
    switch self {
    case .noCRM:
      "CRM not reachable: no healthy CRM on the ports 8001 to 8006 of this machine. Set LEAD_CRM_URL or crm.base_url."
    case .noStore(let path): "There is no store at \(path). Name it with --store, or start lead-scheduler to make one."
    case .usage(let message), .file(let message): message
    }
  }
}

extension ExitStatus {
  /// The promised exit code of an error.
  package init(of error: any Error) {
    switch error {
    case let error as ConfigurationError: self = error.exitStatus
    case let error as DatabaseError: self = ExitStatus(of: error)
    case let error as LeadStoreError: self = ExitStatus(of: error)
    case let error as ProgramError: self = ExitStatus(of: error)
    case is CRMError: self = .unavailable
    default: self = .failed
    }
  }

  private init(of error: DatabaseError) {
    switch error {
    case .busy: self = .busy
    case .connectionLost, .unreachable, .authenticationFailed, .timedOut: self = .unavailable
    case .networkFileSystem, .newerSchema, .alteredMigration, .notADatabase, .cannotOpen, .readOnly, .notAFile, .moved,
      .beingMoved:
      self = .configuration
    case .corrupt, .diskFull, .replaced, .constraint, .failed: self = .failed
    }
  }

  private init(of error: LeadStoreError) {
    switch error {
    case .boundToAnotherCRM, .notReconciled: self = .configuration
    case .cycleRunning: self = .busy
    case .cycleLost, .unreadable: self = .failed
    }
  }

  private init(of error: ProgramError) {
    switch error {
    case .noCRM: self = .unavailable
    case .noStore: self = .configuration
    case .usage: self = .usage
    case .file: self = .failed
    }
  }
}

/// Runs a command and ends the process: an error becomes one message on standard error and the promised exit code.
///
/// The process ends without running C's exit handlers: those of the libraries below free what threads that are just ending
/// still use. Nothing is lost by it, since everything that matters is committed before `body` returns.
package func runningCommand(_ body: () async throws -> ExitStatus) async throws {
  let status: ExitStatus
  // A file that may not grow is an error of the write, not the end of the process.
  signal(SIGXFSZ, SIG_IGN)
  do {
    try Environment.refusePassword(inArguments: Launch.arguments)
    status = try await body()
  } catch let error as ExitCode {
    throw error
  } catch let error as ValidationError {
    throw error
  } catch is CancellationError {
    FileHandle.standardError.write(Data("Stopped. Jobs that were enqueued stay in the queue.\n".utf8))
    status = .failed
  } catch {
    FileHandle.standardError.write(Data("Error: \(error)\n".utf8))
    status = ExitStatus(of: error)
  }
  fflush(nil)
  _exit(status.rawValue)
}
