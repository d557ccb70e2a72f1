import ArgumentParser
import Database
import Foundation
import LeadStore
import Operations
import Timekeeping

struct AuditExportCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export", abstract: "Writes the audit trail as NDJSON: one object a line, oldest first.",
    discussion: """
      Each line has entry, at (ISO 8601), at_ms, actor, action, subject, detail, previous_hash and hash. For example: \
      lead-queue audit export --out audit.ndjson
      what is new since: lead-queue audit export --after 1234

      The chain can be checked without this program. The hash of an entry is the SHA-256, in 64 lower-case \
      hexadecimal digits, of seven texts in UTF-8 joined by commas, each written as its length in bytes, a colon, and \
      the text itself: previous_hash, entry, at_ms (milliseconds since 1970 UTC), actor, action, subject, detail, all \
      as they stand in the line, detail being the decoded string. previous_hash is the hash of the entry before, 64 \
      zeros for entry 1, and entries are numbered without gaps. An entry that begins so:

        64:0000…0000,1:1,13:1772463601000,5:alice,…
      """)

  @OptionGroup var common: ProgramOptions
  @OptionGroup var period: AuditPeriodOption
  @Option(name: .long, help: ArgumentHelp("Only entries after this one.", valueName: "entry")) var after: Int64 = 0
  @Option(
    name: .long,
    help: ArgumentHelp(
      "Write to this new file (mode 0600) instead of to standard output; an existing one is never overwritten.",
      valueName: "file"))
  var out: String?

  func validate() throws {
    guard after >= 0 else { throw ValidationError("--after must be 0 or more.") }
  }

  func run() async throws {
    try await runningCommand {
      let desk = try await Desk.open(common)
      let filter = AuditTable.Filter(since: period.since(desk.screen.time), until: period.until(desk.screen.time))
      let export = AuditExport(store: desk.store, filter: filter, after: after, time: desk.screen.time)
      guard let out else {
        _ = try await export.run { text in
          if let failure = NewFile.write(text, to: STDOUT_FILENO) {
            throw ToolError.unwritable(path: "standard output", reason: failure)
          }
        }
        return .done
      }
      let file = try NewFile(path: out, mayReplace: false)
      do {
        let count = try await export.run(file.write)
        try file.finish()
        desk.screen.show("Wrote \(count) \(count == 1 ? "entry" : "entries") of the audit trail to \(out).")
      } catch {
        file.abandon()
        throw error
      }
      return .done
    }
  }
}
