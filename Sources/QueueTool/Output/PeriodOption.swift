import ArgumentParser

/// `--since` and `--until`, moments as people write them.
struct PeriodOption: ParsableArguments {
  @Option(name: .long, help: ArgumentHelp("Enqueued then or later (ISO 8601).", valueName: "time")) var since: String?
  @Option(name: .long, help: ArgumentHelp("Enqueued before (ISO 8601).", valueName: "time")) var until: String?

  func validate() throws {
    for (name, text) in [("--since", since), ("--until", until)] {
      guard let text, ShownTime(zoneName: "UTC").moment(of: text) == nil else { continue }
      throw ValidationError(
        "\(name) takes a moment such as 2026-11-22T10:00:00-05:00; without a zone the configured one counts.")
    }
  }
}
