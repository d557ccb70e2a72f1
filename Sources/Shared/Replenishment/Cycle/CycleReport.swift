/// How a cycle ended.
package struct CycleReport: Sendable, Equatable {
  package var cycle: Int64
  package var ending: Ending

  package enum Ending: Sendable, Equatable {
    case sufficient
    /// Held back by a safety rule, or nothing to send and no source at fault.
    case blocked
    /// Nothing to send, and a source is missing or unreadable.
    case sourcesBroken
    /// A reading was held as implausible.
    case held
    case uploaded(UploadCount)
    /// Some leads are in doubt; their read-back is queued.
    case unresolved(UploadCount)
    /// Business closed before everything was sent; the rest goes out when it opens.
    case postponed(UploadCount)
    /// A saved plan that was to be carried out was not.
    case refused(PlanRefusal)
    case failed(Failure)
  }

  package enum Failure: Sendable, Equatable {
    /// The CRM or its database is unreachable, or refused the login.
    case crm
    /// Nobody took the jobs, or they died.
    case work
  }
}
