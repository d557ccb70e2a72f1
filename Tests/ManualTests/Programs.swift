import ArgumentParser

@testable import demo_crm
@testable import lead_queue
@testable import lead_scheduler
@testable import lead_worker

/// The installed programs, by their names.
enum Programs {
  static let all: [String: any ParsableCommand.Type] = [
    "lead-scheduler": SchedulerCommand.self, "lead-worker": WorkerCommand.self, "lead-queue": QueueToolCommand.self,
    "demo-crm": DemoCRM.self,
  ]
  static let names = all.keys.sorted()
}
