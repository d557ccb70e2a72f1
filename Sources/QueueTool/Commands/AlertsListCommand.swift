import Alerts
import ArgumentParser
import Database
import LeadStore
import Operations

struct AlertsListCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list", abstract: "Lists the alerts that last, then those that ended, the latest first.",
    discussion: """
      For example: lead-queue alerts list --format json

      An alert is raised once for each event and subject, and lasts until it was looked at and found over. TOLD is when \
      the first channel had taken the message; empty: nobody was told, because no channel is switched on, because it is \
      held back until the quiet hours end, or because the message is on its way (lead-queue jobs --kind notify).
      """)

  @OptionGroup var common: ProgramOptions
  @OptionGroup var limit: LimitOption
  @OptionGroup var format: FormatOption

  func run() async throws {
    try await runningCommand {
      let desk = try await Desk.open(common)
      let alerts = try await desk.store.read { [limit = limit.limit] in try AlertTable.list(limit: limit, in: $0) }
      desk.screen.show(Self.listing(alerts), as: format.format)
      return .done
    }
  }

  static func listing(_ alerts: [AlertRow]) -> Listing {
    Listing(
      name: "alerts",
      columns: [
        .init(title: "EVENT", field: "event"), .init(title: "SUBJECT", field: "subject", isDispensable: true),
        .init(title: "STATE", field: "state"), .init(title: "RAISED", field: "raised_at"),
        .init(title: "TOLD", field: "notified_at", isDispensable: true),
        .init(title: "OVER", field: "recovered_at", isDispensable: true),
        .init(title: "WHAT", field: "text", widthMin: 16),
      ],
      rows: alerts.map { alert in
        let isOpen = alert.recoveredAt == nil
        return [
          .text(alert.key.event.rawValue), .text(alert.key.subject),
          .text(isOpen ? "open" : "over", isOpen ? (alert.key.event.isSevere ? .red : .yellow) : .green),
          .time(alert.raisedAt), .optional(alert.notifiedAt), .optional(alert.recoveredAt), .text(alert.text),
        ]
      }, whenEmpty: "There was never an alert.")
  }
}
