import ArgumentParser
import Database
import LeadStore
import Operations

struct CountersCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "counters", abstract: "Lists what counted against the limit of each day, newest day first.",
    discussion: """
      For example the last week: lead-queue counters --limit 7

      Created and reserved leads count against upload_controls.max_daily_uploads. Refunded are reservations that were \
      given back: of duplicates, of rejected leads, of leads that went back to the catalog, and of leads that were sent \
      on another day than planned. Days are those of business_rules.business_hours.timezone.
      """)

  @OptionGroup var common: ProgramOptions
  @OptionGroup var limit: LimitOption
  @OptionGroup var format: FormatOption

  func run() async throws {
    try await runningCommand {
      let desk = try await Desk.open(common)
      let (days, movements) = try await desk.store.read { [limit = limit.limit] transaction in
        let days = try QuotaTable.list(limit: limit, in: transaction)
        return (days, try days.last.map { try QuotaTable.movements(since: $0.day, in: transaction) } ?? [])
      }
      desk.screen.show(Self.listing(days, movements), as: format.format)
      return .done
    }
  }

  static func listing(_ days: [DailyCount], _ movements: [DailyMovement]) -> Listing {
    let refunded = Dictionary(uniqueKeysWithValues: movements.map { ($0.day, $0.refunded) })
    return Listing(
      name: "counters",
      columns: [
        .init(title: "DAY", field: "day"), .init(title: "CREATED", field: "created", isNumber: true),
        .init(title: "RESERVED", field: "reserved", isNumber: true),
        .init(title: "DUPLICATES", field: "duplicates", isNumber: true),
        .init(title: "REJECTED", field: "rejected", isNumber: true),
        .init(title: "REFUNDED", field: "refunded", isNumber: true, isDispensable: true),
      ],
      rows: days.map { day in
        [
          .text(day.day), .int(day.created), .int(day.reserved), .int(day.duplicates), .int(day.rejected),
          .int(refunded[day.day] ?? 0),
        ]
      }, whenEmpty: "Nothing was ever uploaded.")
  }
}
