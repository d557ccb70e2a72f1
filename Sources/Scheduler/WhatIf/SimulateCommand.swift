import ArgumentParser
import Database
import Foundation
import Operations
import Planning
import Timekeeping

struct SimulateCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "simulate",
    abstract: "What if: how configurations would have done over recorded or made-up demand, side by side.",
    discussion: """
      Without --months the demand that the store has recorded is replayed, day by day. With --months it is drawn by a seed: \
      like the recorded demand when there is enough of it, else by an assumption that is told. Plans are made by the planner \
      that decides in earnest; nothing is read from the CRM, nothing uploaded, nothing changed.

      Examples:
        lead-scheduler simulate --against config/with_forecast.json
        lead-scheduler simulate --months 12 --seed 7 --against config/with_forecast.json --svg what-if.svg
      """)

  @OptionGroup var common: ProgramOptions

  @Option(help: ArgumentHelp("A second configuration, tried on the same demand.", valueName: "file"))
  var against: String?

  @Option(help: ArgumentHelp("Months to simulate, 1–120; without it the recorded days are replayed.", valueName: "n"))
  var months: Int?

  @Option(help: ArgumentHelp("Which demand is drawn: equal seeds draw equal demand.", valueName: "number"))
  var seed: UInt64 = 1

  @Option(
    name: .customLong("daily-demand"),
    help: ArgumentHelp(
      "Leads that agents ask for on an average business day, with --months (default: as recorded, else a tenth of the target).",
      valueName: "n"))
  var dailyDemand: Double?

  @Option(help: ArgumentHelp("Active agents (default: as last read from the CRM, else 3).", valueName: "n"))
  var agents: Int?

  @Flag(help: "Upload only the new leads that the sources hold now; otherwise there are always enough.")
  var sources = false

  @Option(help: ArgumentHelp("Also draw the outcome, as an SVG file.", valueName: "file"))
  var svg: String?

  @Option(help: "text: for people; json: one document with every number.")
  var format = PlanPreview.Format.text

  func validate() throws {
    if let months, !(1...120).contains(months) {
      throw ValidationError("--months takes a whole number from 1 to 120, not \(months)")
    }
    if let dailyDemand, !(dailyDemand > 0 && dailyDemand <= 100_000) {
      throw ValidationError("--daily-demand takes a number above 0, at most 100000, not \(dailyDemand)")
    }
    if dailyDemand != nil, months == nil {
      throw ValidationError("--daily-demand goes with --months: recorded days have their own demand")
    }
    if let agents, agents < 1 { throw ValidationError("--agents takes a whole number of 1 or more, not \(agents)") }
  }

  func run() async throws {
    try await runningCommand { try await Onlooker.look(common.source(), compare) }
  }

  private func compare(_ program: Program) async throws -> ExitStatus {
    let base = WhatIfCase(name: Self.name(of: program.settings.file), configuration: program.configuration)
    let other = try against.map { file in
      WhatIfCase(
        name: Self.name(of: file),
        configuration: try ConfigurationSource(file: file, store: common.store).load().configuration)
    }
    let ground = try await WhatIfReading(
      program: program, months: months, seed: seed, dailyDemand: dailyDemand, agents: agents, isBySources: sources
    ).read()
    guard let ground else {
      Shown.print([
        "No recorded business day to replay yet: the store needs readings of the CRM on two of them.",
        "Try a made-up demand: lead-scheduler simulate --months 12",
      ])
      return .done
    }
    let comparison = WhatIfComparison(ground: ground, cases: [base] + (other.map { [$0] } ?? []))
    if let svg {
      try comparison.chart.svg.write(toFile: svg, atomically: true, encoding: .utf8)
    }
    switch format {
    case .text:
      Shown.print(WhatIfText(comparison: comparison, width: Terminal.width()).lines)
      if let svg { print("\nDrawn: \(svg)") }
    case .json: try Document.print(comparison.document)
    }
    return .done
  }

  private static func name(of file: String?) -> String {
    file.map { URL(filePath: $0).lastPathComponent } ?? "defaults"
  }
}
