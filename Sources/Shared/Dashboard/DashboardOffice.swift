package import Database
package import JobQueue
import LeadStore
package import Leads
package import Logging
package import Telemetry
package import Timekeeping

/// What the dashboard shows and changes: the store, and what the program that runs it knows beyond.
package struct DashboardOffice: Sendable {
  /// The configuration of the moment.
  package struct Rules: Sendable {
    package var policy: Policy
    package var forecasting: Policy.Forecasting
    package var calendar: BusinessCalendar
    package var sourcePaths: [String]
    /// `source_management.rotation`.
    package var rotation: String

    package init(
      policy: Policy, forecasting: Policy.Forecasting, calendar: BusinessCalendar, sourcePaths: [String],
      rotation: String
    ) {
      self.policy = policy
      self.forecasting = forecasting
      self.calendar = calendar
      self.sourcePaths = sourcePaths
      self.rotation = rotation
    }

    /// Configured sources in their order, then those of folders, patterns and earlier times.
    func inOrder(_ sources: [SourceRow]) -> [SourceRow] {
      let order = Dictionary(sourcePaths.enumerated().map { ($1, $0) }, uniquingKeysWith: { one, _ in one })
      return sources.sorted { (order[$0.path] ?? .max, $0.id) < (order[$1.path] ?? .max, $1.id) }
    }
  }

  /// One rule that holds a job, in words, and what a person can do; nil: nothing needs to be done.
  package struct Sentence: Sendable {
    package var text: String
    package var remedy: String?

    package init(text: String, remedy: String?) {
      self.text = text
      self.remedy = remedy
    }
  }

  /// What a person does by hand. Each is audited with `actor` and `reason` in the transaction that performs it, and returns
  /// what became of it, in a sentence. Throws what the store throws.
  package struct Verbs: Sendable {
    package var retry: @Sendable (_ job: Int64, _ actor: String, _ reason: String) async throws -> Done
    package var pause: @Sendable (_ queue: String, _ actor: String, _ reason: String) async throws -> Done
    package var resume: @Sendable (_ queue: String, _ actor: String, _ reason: String) async throws -> Done

    package init(
      retry: @escaping @Sendable (_ job: Int64, _ actor: String, _ reason: String) async throws -> Done,
      pause: @escaping @Sendable (_ queue: String, _ actor: String, _ reason: String) async throws -> Done,
      resume: @escaping @Sendable (_ queue: String, _ actor: String, _ reason: String) async throws -> Done
    ) {
      self.retry = retry
      self.pause = pause
      self.resume = resume
    }
  }

  /// What became of a change.
  package struct Done: Sendable, Equatable {
    package var isChanged: Bool
    package var sentence: String

    package init(isChanged: Bool, sentence: String) {
      self.isChanged = isChanged
      self.sentence = sentence
    }
  }

  package var store: Store
  package var clock: WallClock
  package var logger: Logger
  /// Of the program.
  package var version: String
  package var rules: @Sendable () -> Rules
  /// The rules that hold a job, the one that decides first.
  package var explain: @Sendable (JobStanding, Timestamp) -> [Sentence]
  package var verbs: Verbs
  /// What the program itself measures, told with the store's metrics; nil: nothing.
  package var measured: MetricsRegistry?

  package init(
    store: Store, clock: WallClock, logger: Logger, version: String, rules: @escaping @Sendable () -> Rules,
    explain: @escaping @Sendable (JobStanding, Timestamp) -> [Sentence], verbs: Verbs
  ) {
    self.store = store
    self.clock = clock
    self.logger = logger
    self.version = version
    self.rules = rules
    self.explain = explain
    self.verbs = verbs
  }
}
