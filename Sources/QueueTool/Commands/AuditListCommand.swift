import ArgumentParser
import Database
import LeadStore
import Operations
import Timekeeping

struct AuditListCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list", abstract: "Lists the latest entries of the audit trail, the newest last.",
    discussion: """
      For example what was requeued by hand: lead-queue audit list --action leads_requeued
      what alice did: lead-queue audit list --actor alice --since 2026-11-01
      """)

  @OptionGroup var common: ProgramOptions
  @Option(name: .long, help: .choice("Only this action", AuditAction.self), transform: choice) var action: AuditAction?
  @Option(name: .long, help: ArgumentHelp("Only what this person or program did.", valueName: "name")) var actor:
    String?
  @Option(name: .long, help: ArgumentHelp("Only what was done to it, such as \"cycle 7\".", valueName: "text"))
  var subject: String?
  @OptionGroup var period: AuditPeriodOption
  @OptionGroup var limit: LimitOption
  @OptionGroup var format: FormatOption

  func run() async throws {
    try await runningCommand {
      let desk = try await Desk.open(common)
      let filter = AuditTable.Filter(
        action: action, actor: actor, subject: subject, since: period.since(desk.screen.time),
        until: period.until(desk.screen.time))
      let entries = try await desk.store.read { [limit = limit.limit] in
        try AuditTable.latest(filter, limit: limit, in: $0)
      }
      desk.screen.show(Self.listing(entries, as: format.format), as: format.format)
      return .done
    }
  }

  /// A document shows the details as they are stored, a table in the order in which a person asks.
  static func listing(_ entries: [AuditEntry], as format: OutputFormat) -> Listing {
    Listing(
      name: "entries",
      columns: [
        .init(title: "ENTRY", field: "entry", isNumber: true), .init(title: "TIME", field: "at"),
        .init(title: "ACTOR", field: "actor", widthMin: 20, isDispensable: true),
        .init(title: "ACTION", field: "action", widthMin: 10),
        .init(title: "SUBJECT", field: "subject", widthMin: 8), .init(title: "DETAIL", field: "detail", widthMin: 10),
      ],
      rows: entries.map {
        [
          .integer($0.id), .time($0.at), .text($0.actor), .text($0.action), .text($0.subject),
          .text(format == .table ? $0.detailWords : $0.detail),
        ]
      }, whenEmpty: "No such entries.")
  }
}

/// `--since` and `--until` over the entries of the audit trail.
struct AuditPeriodOption: ParsableArguments {
  @Option(name: .customLong("since"), help: ArgumentHelp("Written then or later (ISO 8601).", valueName: "time"))
  var sinceText: String?
  @Option(name: .customLong("until"), help: ArgumentHelp("Written before (ISO 8601).", valueName: "time"))
  var untilText: String?

  func validate() throws {
    for (name, text) in [("--since", sinceText), ("--until", untilText)] {
      guard let text, Self.moment(text, ShownTime(zoneName: "UTC")) == nil else { continue }
      throw ValidationError(
        "\(name) takes a day such as 2026-11-22, or a moment such as 2026-11-22T10:00:00-05:00; without a zone the "
          + "configured one counts.")
    }
  }

  func since(_ time: ShownTime) -> Timestamp? { sinceText.flatMap { Self.moment($0, time) } }
  func until(_ time: ShownTime) -> Timestamp? { untilText.flatMap { Self.moment($0, time) } }

  /// A day alone begins at midnight.
  private static func moment(_ text: String, _ time: ShownTime) -> Timestamp? {
    time.moment(of: text) ?? time.moment(of: text + "T00:00:00")
  }
}
