import ArgumentParser
import Database
import JobQueue
import Operations
import Timekeeping

struct WhyCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "why", abstract: "Names the rules that keep a job from running now, and what to do about each.",
    discussion: """
      For example: lead-queue why 12

      The rules stand in the order in which leasing applies them; the first one decides. `lead-queue inspect --job ID` \
      shows every attempt, and what it sent.
      """)

  @OptionGroup var common: ProgramOptions
  @Argument(help: ArgumentHelp("The job's id.", valueName: "job")) var job: Int64
  @OptionGroup var format: FormatOption

  func run() async throws {
    try await runningCommand {
      let desk = try await Desk.open(common)
      let (now, time) = (desk.program.clock.now(), desk.screen.time)
      let standing = try await desk.store.read { [job] in try JobTable.standing(of: job, now: now, in: $0) }
      guard let standing else { throw ToolError.noJob(job) }
      switch format.format {
      case .json: desk.screen.show(standing.document(now: now, time))
      case .table:
        desk.screen.show(standing.tree(now: now, time).lines(on: desk.screen) + ["Times: \(time.zoneName)"])
      }
      return .done
    }
  }
}
