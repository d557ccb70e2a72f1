import Alerts
import Connectors
import Database
import JobQueue
import LeadStore
import Leads

/// Turns an error into words for logs and for the store.
package enum ErrorText {
  /// The words of our own errors, which are free of lead data and secrets; of others only the type.
  @Sendable package static func describe(_ error: any Error) -> String {
    switch error {
    case let error as DatabaseError: "\(error)"
    case let error as LeadStoreError: "\(error)"
    case let error as JobQueueError: "\(error)"
    case let error as LeadershipError: "\(error)"
    case let error as ScheduleError: "\(error)"
    case let error as CronError: "\(error)"
    case let error as CRMError: "\(error)"
    case let error as SourceError: "\(error)"
    case let error as CourierFailure: "\(error)"
    case let error as ProgramError: "\(error)"
    case is CancellationError: "stopped"
    default: "unexpected error of type \(type(of: error))"
    }
  }
}
