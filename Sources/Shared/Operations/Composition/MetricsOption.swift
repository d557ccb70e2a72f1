package import ArgumentParser

/// `--metrics-file`, of the programs that run on.
package struct MetricsOption: ParsableArguments {
  @Option(
    name: .long,
    help: ArgumentHelp(
      "Write metrics for Prometheus into it every 15 s, a file for each process (default: LEAD_METRICS_FILE).",
      valueName: "file"))
  package var metricsFile: String?

  package init() {}

  package func validate() throws {
    if metricsFile == "" { throw ValidationError("--metrics-file takes a path.") }
  }

  package var measuring: Measuring { .file(metricsFile) }
}
