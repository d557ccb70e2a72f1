import Database
import Foundation
package import JobQueue
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
    return Workplace(
      store: store, crm: crm, policy: configuration.policy, sourcePaths: configuration.sourceManagement.sourceFiles,
      calendar: calendar, upload: upload, clock: clock, logger: logger, actor: actor)
  }

  /// A pool that runs the kinds of jobs there are. `concurrency` and `drainTimeout` override the configuration.
  package func workerPool(
    crm: any CRM, concurrency: Int? = nil, queues: [String] = JobKind.allQueues, drainTimeout: Duration? = nil
  ) -> WorkerPool {
    let worker = configuration.worker
    var pool = WorkerPool.Settings(queues: queues)
    pool.concurrency = concurrency ?? worker.concurrency
    pool.leaseDuration = worker.lease
    pool.drainTimeout = drainTimeout ?? worker.drainTimeout
    pool.backoff = Backoff(initial: worker.backoffInitial, max: worker.backoffMax)
    let now = clock.now()
    let record = WorkerRecord(
      id: ProcessIdentity(random: .random(in: .min ... .max)).text, host: ProcessInfo.processInfo.hostName,
      pid: Int(ProcessInfo.processInfo.processIdentifier), version: Program.version,
      kinds: JobKind.allCases.map(\.rawValue), queues: queues, startedAt: now, heartbeatAt: now)
    return WorkerPool(
      store: store, worker: record, handlers: Handlers.all { [self] in workplace(crm: crm) }, settings: pool,
      clock: clock, logger: logger, randomness: { SystemRandomNumberGenerator() }, describe: ErrorText.describe)
  }
}
