import ArgumentParser
import JobQueue
import Replenishment
import Timekeeping

/// Which jobs a command changes: named ones, or all that a filter means.
struct JobChoice: ParsableArguments {
  /// More are a filter's business.
  static let namedMax = 500

  @Argument(help: ArgumentHelp("Jobs by id.", valueName: "job")) var jobs: [Int64] = []
  @Option(name: .long, help: .choice("All jobs in this state (repeatable)", JobState.self), transform: choice)
  var state: [JobState] = []
  @Option(name: .long, help: ArgumentHelp("All jobs of this kind (repeatable).", valueName: "name"))
  var kind: [String] = []
  @Option(name: .long, help: ArgumentHelp("All jobs of this queue.", valueName: "name")) var queue: String?
  @Option(
    name: .long, help: ArgumentHelp("All jobs enqueued longer ago than this: 45s, 10min, 2h, 7d.", valueName: "age"))
  var olderThan: Age?
  @Option(name: .long, help: ArgumentHelp("All jobs whose reason holds this text.", valueName: "text"))
  var reasonText: String?
  @Flag(name: .long, help: "Do not ask before changing what the filter means.") var yes = false
  @Flag(name: .long, help: "Only show what would be changed.") var dryRun = false

  var hasFilter: Bool {
    !state.isEmpty || !kind.isEmpty || queue != nil || olderThan != nil || reasonText != nil
  }

  func validate() throws {
    guard !jobs.isEmpty || hasFilter else {
      throw ValidationError(
        "Name jobs by id, or choose them with --state, --kind, --queue, --older-than or --reason-text.")
    }
    guard jobs.isEmpty || !hasFilter else { throw ValidationError("Name jobs by id or give a filter, not both.") }
    guard jobs.count <= Self.namedMax else {
      throw ValidationError("Name at most \(Self.namedMax) jobs at once, or choose them with a filter.")
    }
    guard Set(jobs).count == jobs.count else { throw ValidationError("A job is named twice.") }
  }

  /// The filter that the options describe: of the states that the command begins from, and of jobs that exist now.
  func filter(from possible: [JobState], newestID: Int64, now: Timestamp) -> JobTable.Filter {
    var filter = JobTable.Filter()
    filter.states = state.isEmpty ? possible : state
    filter.kinds = kind
    filter.queue = queue
    filter.reasonText = reasonText
    filter.createdBefore = olderThan.map { now - $0.duration }
    filter.idMax = newestID
    return filter
  }

  /// For the audit trail and for the question: the options as they were given.
  var words: String {
    let words =
      state.map { "--state \($0.rawValue)" } + kind.map { "--kind \($0)" } + (queue.map { ["--queue \($0)"] } ?? [])
      + (olderThan.map { ["--older-than \($0.text)"] } ?? []) + (reasonText.map { ["--reason-text \($0)"] } ?? [])
    return words.joined(separator: " ")
  }
}
