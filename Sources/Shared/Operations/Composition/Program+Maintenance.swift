package import JobQueue
import LeadStore
import Timekeeping

extension Program {
  /// Keeps this program's store in shape, by the configuration that it began with. Upload jobs, which the books refer to, are
  /// permanent and stay whatever their age; the account of ticks is kept as long as finished jobs.
  package func maintenance() -> QueueMaintenance {
    let kept = startConfiguration.store
    var settings = QueueMaintenance.Settings()
    settings.succeeded = Retention(age: kept.finishedJobsKept, count: kept.finishedJobsMax)
    settings.cancelled = settings.succeeded
    settings.dead = Retention(age: kept.deadJobsKept, count: kept.finishedJobsMax)
    settings.ticksKept = kept.finishedJobsKept
    let detailsKept = startConfiguration.sourceManagement.cleanupOldTracking
    settings.chores = [
      // A batch has up to a thousand leads.
      QueueMaintenance.Chore("details of finished uploads", portion: 5) { limit, now, transaction in
        try DetailTable.prune(settledBefore: now - detailsKept, limit: limit, in: transaction)
      },
      QueueMaintenance.Chore("alerts that ended", portion: 500) { limit, now, transaction in
        try AlertTable.prune(endedBefore: now - kept.deadJobsKept, limit: limit, in: transaction)
      },
    ]
    return QueueMaintenance(
      store: store, holder: processID, settings: settings, clock: clock, logger: logger, describe: ErrorText.describe)
  }
}
