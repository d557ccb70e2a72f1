import ArgumentParser
import Foundation
import Operations
import Timekeeping

struct ImportTrackingCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "import-tracking",
    abstract: "Takes over uploaded_leads_tracking.json of the replaced script.",
    discussion: """
      Leads listed there count as uploaded and never go up again; daily counts and the time of the last upload are \
      taken over for days of which the store knows nothing. Importing a file again changes nothing. Entries that \
      cannot be used are listed with their place and the reason. A file that breaks off is not imported, unless \
      --salvage asks for what stands whole before the break.

      For example: lead-queue import-tracking uploaded_leads_tracking.json --reason "moving from the script"
      """)

  /// Entries that cannot be used are listed up to here.
  private static let listedMax = 100
  private static let bytesMax = 512 << 20

  @OptionGroup var common: ProgramOptions
  @Argument(help: ArgumentHelp("The tracking file.", valueName: "file")) var file: String
  @Flag(name: .long, help: "Import the whole entries before the place where the file breaks off.") var salvage = false
  @Option(name: .long, help: ArgumentHelp("Why; kept in the audit trail beside your name.", valueName: "text"))
  var reason = "import"

  func validate() throws {
    guard reason.contains(where: { !$0.isWhitespace }) else { throw ValidationError("--reason must say why.") }
  }

  func run() async throws {
    try await runningCommand {
      // Read first: a file that cannot be used leaves no empty store behind.
      let settings = try common.source().load()
      let zone = ShownTime(zoneName: settings.configuration.businessRules.timezone)
      let content = TrackingContent(try bytes(), time: zone)
      if let damage = content.damage, !salvage {
        throw ToolError.brokenTracking(
          path: file, line: damage.line, reason: damage.reason, entries: content.keys.count + content.repeated)
      }
      guard content.isTracking else { throw ToolError.notTracking(path: file) }
      let desk = try await Desk.openOrCreate(common)
      let progress = ProgressLine()
      let total = content.keys.count
      let result = try await TrackingImport(
        store: desk.store, path: file, reason: reason, actor: Person.name(), calendar: desk.program.calendar,
        now: desk.program.clock.now()
      ) { progress.show("Importing: \($0) of \(total) leads") }.run(content)
      progress.clear()
      desk.screen.show(lines(result, content, zone))
      return .done
    }
  }

  private func bytes() throws -> [UInt8] {
    do {
      let size = try FileManager.default.attributesOfItem(atPath: file)[.size] as? Int ?? 0
      guard size <= Self.bytesMax else { throw ToolError.unreadable(path: file, reason: "it is larger than 512 MiB") }
      return [UInt8](try Data(contentsOf: URL(filePath: file)))
    } catch let error as ToolError {
      throw error
    } catch let error as CocoaError where error.code == .fileReadNoSuchFile || error.code == .fileNoSuchFile {
      throw ToolError.unreadable(path: file, reason: "there is no such file")
    } catch {
      throw ToolError.unreadable(path: file, reason: "it is not a readable file")
    }
  }

  private func lines(_ result: TrackingImport.Result, _ content: TrackingContent, _ time: ShownTime) -> [String] {
    var lines = [
      "Imported \(result.imported) leads as uploaded; \(result.known) were known already, \(content.repeated) stood "
        + "twice, "
        + "\(content.unusable.count) cannot be used.",
      "Daily counts taken over: \(result.days); \(result.daysKnown) days were known already.",
    ]
    if let last = content.lastUpload {
      let shown = "\(time.table(last)) (\(time.zoneName))"
      lines.append(
        result.isCooldownTaken
          ? "The cooldown counts from the last upload, \(shown)."
          : "The last upload, \(shown), was not taken over: the store knows that day, a later upload, or it lies ahead."
      )
    }
    if let damage = content.damage {
      lines.append("The file breaks off at line \(damage.line) (\(damage.reason)); what follows is lost.")
    }
    lines += content.unusable.prefix(Self.listedMax).map {
      "  \($0.list) entry \($0.position), line \($0.line): \($0.reason)"
    }
    if content.unusable.count > Self.listedMax { lines.append("  … \(content.unusable.count - Self.listedMax) more") }
    lines += content.unusableDays.prefix(Self.listedMax).map { "  daily count, line \($0): no date with a count" }
    if let line = content.unusableLastUpload { lines.append("  last upload, line \(line): no moment that can be read") }
    return lines
  }
}
