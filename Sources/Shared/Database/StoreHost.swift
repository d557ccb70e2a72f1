import CLinux

/// Where and how a store runs its transactions. The default is the one for programs; the simulation and tests of crashes use
/// others.
package struct StoreHost: Sendable {
  /// False: every call runs on its caller's thread, before it first suspends. For simulations on one thread.
  package var isThreaded = true
  /// Without threads: connections that several stores of one file share, as one transaction after the other allows; nil: the
  /// store opens its own.
  package var connections: SharedConnections?
  /// How commits are announced; nil: the doorbell beside the file, which all processes hear.
  package var bell: (any Bell)?
  /// Stands beside every transaction; nil: nobody.
  package var probe: StoreProbe?
  /// The `f_type` of statfs(2) for the file system that holds a folder.
  package var fileSystemType: @Sendable (_ folder: String) -> Int = { lq_file_system_type($0) }

  /// What is measured of transactions; nil when nobody measures at the time at which this is made.
  var meters = StoreMeters()

  package init() {}
}

/// Tells listeners that something was committed which they may wait for. Conformers: `Doorbell`, and that of the simulation.
package protocol Bell: Sendable {
  /// Never fails, and may be missed.
  func ring(_ notices: Set<Notice>)
  /// Calls `heard` at rings until the returned object goes.
  func listen(_ heard: @escaping @Sendable (Set<Notice>) -> Void) -> Listening
}

/// Stands beside the transactions of one store, where a process may die or be made to wait.
package struct StoreProbe: Sendable {
  /// How far a write transaction is.
  package enum Moment: String, Sendable, CaseIterable {
    /// It has begun and written nothing.
    case begun
    /// All is written, nothing committed.
    case written
    /// It is committed, and its caller does not know yet.
    case committed
  }

  /// Awaited before each transaction; throwing keeps it from beginning.
  package var arrive: @Sendable (CallSite) async throws -> Void
  /// Called at every moment of a write transaction, on the thread that runs it. Throwing before the commit rolls back;
  /// after it, only the caller is told so.
  package var reach: @Sendable (Moment, CallSite) throws -> Void

  package init(
    arrive: @escaping @Sendable (CallSite) async throws -> Void = { _ in },
    reach: @escaping @Sendable (Moment, CallSite) throws -> Void
  ) {
    self.arrive = arrive
    self.reach = reach
  }
}

/// The function that asked for a transaction: names it, in crash tests and traces.
public struct CallSite: Sendable, CustomStringConvertible {
  private let file: StaticString
  private let function: StaticString

  /// As filled in by the compiler: `#fileID` and `#function`.
  public init(file: StaticString, function: StaticString) {
    self.file = file
    self.function = function
  }

  /// Such as `Replenishment/PlanCommit.run(_:stock:in:)`, without the file's ending.
  public var description: String {
    let file = "\(file)"
    let name = file.hasSuffix(".swift") ? String(file.dropLast(".swift".count)) : file
    return "\(name).\(function)"
  }
}
