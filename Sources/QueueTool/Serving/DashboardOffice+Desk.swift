import Dashboard
import Database
import JobQueue
import LeadStore
import Operations
import Timekeeping

// What the dashboard changes is changed by the very verbs of the commands, so that it is audited like them.

extension DashboardOffice {
  init(_ desk: Desk) {
    let program = desk.program
    self.init(
      store: desk.store, clock: program.clock, logger: program.logger, version: Program.version,
      rules: {
        let configuration = program.configuration
        return Rules(
          policy: configuration.policy, forecasting: configuration.forecasting, calendar: configuration.calendar,
          sourcePaths: configuration.sourceManagement.sourceFiles,
          rotation: configuration.sourceManagement.rotation)
      },
      explain: { standing, now in
        standing.reasons.map { reason in
          let sentence = reason.sentence(of: standing.job, now: now, desk.screen.time)
          return Sentence(text: sentence.text, remedy: sentence.remedy)
        }
      }, verbs: Verbs(desk))
    measured = program.measured
  }
}

extension DashboardOffice.Verbs {
  init(_ desk: Desk) {
    self.init(
      retry: { job, actor, reason in
        let mending = JobMending(desk: desk, verb: .retry, actor: actor, reason: reason, format: .table)
        guard let changed = try await mending.mend([job]).first else {
          preconditionFailure("each job that is named has a result")
        }
        let isChanged = changed.result.outcome.isChange
        let words = "Job \(job) was \(changed.result.outcome.words(.retry))"
        return .init(isChanged: isChanged, sentence: words + (changed.sentence(.retry).map { ": \($0)." } ?? "."))
      },
      pause: { queue, actor, reason in
        let now = desk.program.clock.now()
        let (former, running) = try await desk.store.write(.power) {
          try PauseCommand.pause(.queue, queue, because: reason, actor: actor, now: now, in: $0)
        }
        let lines = PauseCommand.lines("queue \(queue)", former: former, running: running, desk.screen.time)
        return .init(isChanged: former == nil, sentence: lines.joined(separator: " "))
      },
      resume: { queue, actor, reason in
        let now = desk.program.clock.now()
        let former = try await desk.store.write(.power) {
          try ResumeCommand.resume(.queue, queue, because: reason, actor: actor, now: now, in: $0)
        }
        return .init(
          isChanged: former != nil,
          sentence: former == nil ? "The queue \(queue) is not paused." : "Resumed the queue \(queue).")
      })
  }
}
