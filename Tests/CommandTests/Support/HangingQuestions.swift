import Database
import Foundation

/// Jobs that run for as long as a test likes: questions to a CRM that is stopped.
extension Site {
  /// A CRM with enough leads, a finished cycle, and a worker with so many slots that has found the CRM; then the CRM stops,
  /// and `jobs` monitor jobs are there. Returns when the worker runs as many of them as it may.
  func workerOnHangingQuestions(
    _ crm: DemoCRM, jobs: Int, concurrency: Int, drainTimeout: Double = 25, lease: Double = 3
  ) async throws -> RunningProgram {
    // A question hangs for a minute: far longer than any of these tests waits.
    try configure(
      need: 10, batchSize: 10,
      [
        "crm.health_timeout_seconds": "60", "crm.request_timeout_seconds": "2", "worker.lease_seconds": "\(lease)",
      ])
    try write(InventedLead.file(InventedLead.leads(0..<10)), to: "config/leads.json")
    _ = try await once()
    let worker = try worker(["--concurrency", "\(concurrency)", "--drain-timeout", "\(drainTimeout)"])
    try await eventually("the worker is registered", else: { self.everythingSaid }) {
      try number("SELECT count(*) FROM worker WHERE pid = \(worker.pid)") == 1
    }
    crm.program.send(SIGSTOP)
    try enqueueQuestions(jobs)
    try await eventually("\(concurrency) jobs run", else: { self.everythingSaid }) {
      try number("SELECT count(*) FROM job WHERE state = 'leased'") == concurrency
    }
    return worker
  }

  /// Monitor jobs of the first cycle, which no doorbell tells of.
  func enqueueQuestions(_ count: Int) throws {
    let connection = try SQLiteConnection(path: storePath, access: .readWrite)
    try connection.execute(
      """
      WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < \(count))
      INSERT INTO job (kind, queue, state, run_at, order_at, payload, max_failures, created_at, unique_key)
        SELECT 'monitor', 'default', 'available', i, i, '{"cycle":1}', 8, 1, 'question ' || i FROM n
      """)
  }

  /// The states of these jobs with their failures, sorted.
  func questions() throws -> [String] {
    try texts("SELECT state || ' ' || failures FROM job WHERE unique_key LIKE 'question %' ORDER BY 1")
  }
}
