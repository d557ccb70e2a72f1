import Database
import Foundation
import Synchronization

/// One history under way in which a program is to die at one point: the first one that reaches it. Whoever dies is started
/// again, and from then on nobody dies any more.
final class CrashStage: Sendable {
  private struct State {
    /// `LEAD_CRASH_AT` or `LEAD_CRASH_LIST`; empty once somebody died.
    var variables: [String: String]
    var isReached = false
    var findings: [String] = []
    /// Those that were started with the variables and are not ended yet.
    var programs: [RunningProgram] = []
  }

  let site: Site
  let crm: DemoCRM
  private let state: Mutex<State>

  init(_ site: Site, _ crm: DemoCRM, variables: [String: String]) {
    self.site = site
    self.crm = crm
    state = Mutex(State(variables: variables))
  }

  /// Whether somebody died.
  var isReached: Bool { state.withLock { $0.isReached } }
  /// Exit codes that were not the promised ones.
  var findings: [String] { state.withLock { $0.findings } }

  /// Runs a program that may die to its end; if it does, again, as a user would. `expected`: its exit codes; `again`: those
  /// of the second run, which may find its work done.
  @discardableResult
  func run(
    _ name: String, _ arguments: [String] = [], environment: [String: String] = [:], expected: Set<Int32> = [0],
    again: Set<Int32> = []
  ) async throws -> Site.Ended {
    let full = arguments + ["--config", Site.configuration]
    let crash = state.withLock { $0.variables }
    let own = environment.merging(crash) { $1 }.mapValues(Optional.some)
    var ended = try await site.run(name, full, environment: own)
    var allowed = expected
    if ended.status == 128 + SIGKILL {
      noteDeath()
      try refillBudget()
      ended = try await site.run(name, full, environment: environment.mapValues(Optional.some))
      allowed.formUnion(again)
    }
    if !allowed.contains(ended.status) {
      note("\(name) \(arguments.first ?? "") ended with \(ended.status): \(ended.output.suffix(300))\(ended.errors)")
    }
    return ended
  }

  /// Starts a program that may die.
  @discardableResult
  func start(_ name: String, _ arguments: [String] = []) throws -> RunningProgram {
    let crash = state.withLock { $0.variables }
    let program = try site.start(
      name, arguments + (arguments.contains("--config") ? [] : ["--config", Site.configuration]),
      environment: crash.mapValues(Optional.some))
    state.withLock { $0.programs.append(program) }
    return program
  }

  /// Waits until `condition` holds or somebody died.
  func until(_ what: String, within limit: Duration = .seconds(40), _ condition: () async throws -> Bool) async throws {
    try await eventually(what, within: limit, else: { self.site.everythingSaid }) {
      if state.withLock({ $0.programs }).contains(where: { $0.status == 128 + SIGKILL }) {
        noteDeath()
        return true
      }
      return try await condition()
    }
  }

  /// Ends what was started: by SIGTERM, which is answered by exit code 0.
  func stop() async throws {
    let programs = state.withLock { state in
      defer { state.programs = [] }
      return state.programs
    }
    for program in programs { program.send(SIGTERM) }
    for program in programs {
      let status = try await program.exit()
      if status == 128 + SIGKILL {
        noteDeath()
      } else if status != 0 {
        note("\(program.name) ended with \(status) at SIGTERM: \(program.errors)")
      }
    }
  }

  /// Whatever was begun is seen through by `--mode once`, and then is as it should be: nothing twice, nothing lost, the
  /// counters right, the proofs passed.
  func conclude(leads: Int, poisoned: Int) async throws {
    for round in 1...6 {
      try refillBudget()
      let ended = try await site.once()
      let open = try site.number("SELECT count(*) FROM batch WHERE settled_at IS NULL")
      if ended.status == 0, open == 0 { break }
      if round == 6 {
        note("not drained: exit \(ended.status), \(open) open: \(ended.output.suffix(300))\(ended.errors)")
      }
    }
    let (_, findings) = try site.bookFindings()
    findings.forEach(note)
    let states = try site.texts(
      "SELECT state || ' ' || count(*) FROM lead WHERE state NOT IN ('available', 'created', 'duplicate') GROUP BY state"
    )
    if states != (poisoned == 0 ? [] : ["rejected \(poisoned)"]) { note("leads are lost: \(states)") }
    let known = try site.number("SELECT count(*) FROM lead WHERE source_id IS NOT NULL")
    if known != leads { note("the catalog holds \(known) of \(leads) leads") }
    try await site.verificationFindings().forEach(note)
  }

  /// The budget of requests is no part of this: waiting for it would only take time.
  private func refillBudget() throws {
    guard try site.number("SELECT count(*) FROM rate_limit") > 0 else { return }
    let connection = try SQLiteConnection(path: site.storePath, access: .readWrite)
    _ = try connection.run("DELETE FROM rate_limit WHERE held_until = 0", [])
  }

  private func noteDeath() {
    state.withLock { state in
      state.isReached = true
      state.variables = [:]
    }
  }

  private func note(_ finding: String) {
    state.withLock { $0.findings.append(finding) }
  }
}
