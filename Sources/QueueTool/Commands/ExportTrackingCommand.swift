import ArgumentParser
import Foundation
import Operations

struct ExportTrackingCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export-tracking",
    abstract: "Writes what was uploaded in the shape of uploaded_leads_tracking.json.",
    discussion: """
      {"uploaded_npis": […], "daily_upload_count": 45, "last_upload_date": "2026-11-22", "last_upload_time": …}, as the \
      replaced script wrote it, and what `import-tracking` reads back. Leads without NPI are written by their key.

      For example: lead-queue export-tracking --output uploaded_leads_tracking.json
      """)

  @OptionGroup var common: ProgramOptions
  @Option(name: .long, help: ArgumentHelp("Write here (mode 0600) instead of to standard output.", valueName: "file"))
  var output: String?

  func run() async throws {
    try await runningCommand {
      let desk = try await Desk.open(common)
      let export = TrackingExport(store: desk.store)
      guard let output else {
        _ = try await export.run { text in
          if let failure = NewFile.write(text, to: STDOUT_FILENO) {
            throw ToolError.unwritable(path: "standard output", reason: failure)
          }
        }
        return .done
      }
      let file = try NewFile(path: output)
      do {
        let count = try await export.run(file.write)
        try file.finish()
        desk.screen.show("Wrote \(count) uploaded leads to \(output).")
      } catch {
        file.abandon()
        throw error
      }
      return .done
    }
  }
}
