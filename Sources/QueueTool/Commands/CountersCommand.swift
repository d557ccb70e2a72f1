import ArgumentParser
import Database
import LeadStore
import Operations

struct CountersCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "counters", abstract: "Lists what counted against the limit of each day, newest day first.",
    discussion: """
      For example the last week: lead-queue counters --limit 7

      Created and reserved leads count against upload_controls.max_daily_uploads; duplicates and rejected leads do \
      not. Days are those of business_rules.business_hours.timezone.
      """)

  @OptionGroup var common: ProgramOptions
  @OptionGroup var limit: LimitOption
  @OptionGroup var format: FormatOption

  func run() async throws {
    try await runningCommand {
      let desk = try await Desk.open(common)
      let days = try await desk.store.read { [limit = limit.limit] in try QuotaTable.list(limit: limit, in: $0) }
      desk.screen.show(Self.listing(days), as: format.format)
      return .done
    }
  }

  static func listing(_ days: [DailyCount]) -> Listing {
    Listing(
      name: "counters",
      columns: [
        .init(title: "DAY", field: "day"), .init(title: "CREATED", field: "created", isNumber: true),
        .init(title: "RESERVED", field: "reserved", isNumber: true),
        .init(title: "DUPLICATES", field: "duplicates", isNumber: true),
        .init(title: "REJECTED", field: "rejected", isNumber: true),
      ],
      rows: days.map { day in
        [.text(day.day), .int(day.created), .int(day.reserved), .int(day.duplicates), .int(day.rejected)]
      }, whenEmpty: "Nothing was ever uploaded.")
  }
}
