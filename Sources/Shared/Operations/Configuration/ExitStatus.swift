package import ArgumentParser

/// What a program's exit code promises to the script that started it. The numbers are those of `sysexits.h`.
package enum ExitStatus: Int32, Sendable, CaseIterable {
  /// Done, or nothing needed, or held back by a safety rule; the message says which.
  case done = 0
  /// The work failed, or a check found a mismatch.
  case failed = 1
  /// Wrong usage: an option, an argument, or a password in an argument (`EX_USAGE`).
  case usage = 64
  /// CRM or database not reachable, or authentication failed (`EX_UNAVAILABLE`).
  case unavailable = 69
  /// Busy, try again (`EX_TEMPFAIL`).
  case busy = 75
  /// The configuration, or a variable of the environment, is invalid (`EX_CONFIG`).
  case configuration = 78

  /// The same, to be thrown out of a command's `run()`.
  package var exitCode: ExitCode { ExitCode(rawValue) }
}
