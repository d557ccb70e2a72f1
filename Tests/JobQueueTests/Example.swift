import Database
import JobQueue
import Logging
import ServiceLifecycle
import UnixSignals

struct SendMail: QueuedJob {
  static let kind = "send_mail"
  var address: String
  var subject: String
}

protocol Mailer: Sendable {
  func send(_ subject: String, to address: String, id: String) async throws
}

func mailService(queuePath: String, mailer: some Mailer, logger: Logger) async throws -> ServiceGroup {
  let store = try await Store.openQueue(path: queuePath)
  let sendMail = JobHandler(for: SendMail.self, timeout: .seconds(30)) { mail, context in
    try await mailer.send(mail.subject, to: mail.address, id: "mail-\(context.lease.jobID)")
    return .succeeded(result: nil)
  }
  let pool = WorkerPool(store: store, handlers: [sendMail], logger: logger)
  let maintenance = QueueMaintenance(store: store, logger: logger)
  return ServiceGroup(
    services: [maintenance, pool], gracefulShutdownSignals: [.sigterm, .sigint], logger: logger)
}

func invite(_ address: String, store: Store) async throws {
  try await store.enqueue(SendMail(address: address, subject: "You are invited"))
}
