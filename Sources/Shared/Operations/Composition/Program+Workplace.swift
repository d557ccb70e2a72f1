import Database
import Foundation
package import JobQueue
import LeadStore
package import Leads
import Logging
package import Replenishment
import Timekeeping

extension Program {
  /// What decisions and jobs work with, by the configuration of this moment.
  package func workplace(crm: any CRM) -> Workplace {
    let configuration = configuration
    var upload = UploadRules()
    upload.batchSize = configuration.crm.batchSize
    upload.requestTimeout = startConfiguration.crm.requestTimeout
    upload.readBackGrace = configuration.crm.readBackGrace
    upload.sourceLabel = configuration.crm.sourceLabel
    upload.maxFailures = configuration.worker.maxFailures
    var workplace = Workplace(
      store: store, crm: crm, policy: configuration.policy, sourcePaths: configuration.sourceManagement.sourceFiles,
      calendar: calendar, upload: upload, clock: clock, logger: logger, actor: actor)
    workplace.respectsBusinessHours = configuration.businessRules.respectBusinessHours
    workplace.scheduledInterval = configuration.monitoring.checkInterval
    workplace.sources = configuration.sourceManagement.rules
    workplace.alerts = configuration.alertRules
    workplace.meters = meters
    if configuration.sourceManagement.backupUploadedLeads {
      workplace.uploadCopies = startConfiguration.store.location.uploadCopies
    }
    return workplace
  }

  /// A pool that runs the kinds of jobs that workers serve. `concurrency` and `drainTimeout` override the configuration.
  package func workerPool(
    crm: any CRM, concurrency: Int? = nil, queues: [String] = JobKind.workerQueues, drainTimeout: Duration? = nil
  ) -> WorkerPool {
    pool(
      Handlers.all { [self] in workplace(crm: crm) }, queues: queues,
      concurrency: concurrency ?? configuration.worker.concurrency, lease: configuration.worker.lease,
      drainTimeout: drainTimeout)
  }

  /// A pool that runs one cycle after the other. The lease of such a job is the cycle's own: where a scheduler falls silent,
  /// another one may begin both anew.
  package func cyclePool(
    _ run: @escaping @Sendable (LeasedJob, JobContext) async throws -> Settlement
  ) -> WorkerPool {
    pool(
      [JobHandler(kind: ServedKind(JobKind.cycle.rawValue), run: run)], queues: [JobKind.cycle.queue], concurrency: 1,
      lease: CycleTable.leaseDuration)
  }

  /// A pool that brings messages to people, apart from all other work; nil where this process was told of no way to any.
  /// It needs no CRM.
  package func bulletinPool(drainTimeout: Duration? = nil) -> WorkerPool? {
    let reachable = CourierPost.reachable(settings.environment)
    guard reachable.mail || reachable.slack else { return nil }
    let handler = NotifyHandler(store: store, clock: clock, meters: meters) { [self] channel, letter in
      try await CourierPost(settings).send(letter, by: channel)
    }.handler
    return pool(
      [handler], queues: [JobKind.notify.queue], concurrency: 2, lease: .seconds(120), drainTimeout: drainTimeout)
  }

  private func pool(
    _ handlers: [JobHandler], queues: [String], concurrency: Int, lease: Duration, drainTimeout: Duration? = nil
  ) -> WorkerPool {
    let worker = configuration.worker
    var settings = WorkerPool.Settings(queues: queues)
    settings.concurrency = concurrency
    settings.leaseDuration = lease
    settings.drainTimeout = drainTimeout ?? worker.drainTimeout
    settings.backoff = Backoff(initial: worker.backoffInitial, max: worker.backoffMax)
    let now = clock.now()
    let record = WorkerRecord(
      id: ProcessIdentity(random: .random(in: .min ... .max)).text, host: ProcessInfo.processInfo.hostName,
      pid: Int(ProcessInfo.processInfo.processIdentifier), version: Program.version,
      kinds: handlers.map(\.kind.name), queues: queues, startedAt: now, heartbeatAt: now)
    return WorkerPool(
      store: store, worker: record, handlers: handlers, settings: settings, clock: clock, logger: logger,
      randomness: { SystemRandomNumberGenerator() }, describe: ErrorText.describe)
  }
}
