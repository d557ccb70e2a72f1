import JobQueue
import LeadStore
import Operations
import Timekeeping

extension StoreSummary {
  func lines(on screen: Screen) -> [String] {
    let facts: [(String, String)] =
      [
        ("Store", "\(path), schema \(schemaVersion), id \(storeID)"),
        ("CRM", crm ?? "none yet: the first cycle binds the store to its CRM"),
        ("Last cycle", lastCycle.map { cycleText($0, screen.time) } ?? "none yet"),
        (
          "Today",
          "\(today.day): \(today.created) created, \(today.reserved) reserved, \(leftToday) of \(dailyLimit) left "
            + "(upload_controls.max_daily_uploads)"
        ),
        ("Cooldown", cooldownText), ("Open batches", String(openBatches)),
      ] + pauses.map { ("Paused", $0.summary(screen.time)) }
    let width = facts.reduce(0) { max($0, $1.0.count) } + 2
    return facts.flatMap { name, value in
      value.escapingUnprintable().broken(at: screen.width.map { max(24, $0 - width) }).enumerated().map {
        let name = $0 == 0 ? name : ""
        return name + String(repeating: " ", count: width - name.count) + $1
      }
    } + [""] + jobCounts.lines(on: screen) + [""] + catalogCounts.lines(on: screen)
  }

  func document(_ time: ShownTime) -> JSONText {
    .object([
      (
        "store",
        .object([("path", .text(path)), ("id", .text(storeID)), ("schema_version", .int(schemaVersion))])
      ),
      ("crm", .optional(crm)),
      ("last_cycle", lastCycle.map { $0.document(time) } ?? .null),
      (
        "today",
        .object([
          ("day", .text(today.day)), ("created", .int(today.created)), ("reserved", .int(today.reserved)),
          ("duplicates", .int(today.duplicates)), ("rejected", .int(today.rejected)), ("limit", .int(dailyLimit)),
          ("left", .int(leftToday)),
        ])
      ),
      (
        "cooldown",
        .object([
          ("seconds", .number(cooldown.inSeconds)), ("seconds_left", .number(cooldownLeft.inSeconds)),
          ("seconds_since_last_upload", sinceLastUpload.map { .number($0.inSeconds) } ?? .null),
        ])
      ),
      ("open_batches", .int(openBatches)),
      ("pauses", .list(pauses.map { $0.document(time) })),
      (
        "jobs",
        .list(
          jobs.map {
            .object([("kind", .text($0.kind)), ("state", .text($0.state.rawValue)), ("count", .int($0.count))])
          })
      ),
      (
        "catalog",
        .list(
          catalog.map {
            .object([("class", .text($0.leadClass)), ("state", .text($0.state.rawValue)), ("count", .int($0.count))])
          })
      ),
    ])
  }

  private var cooldownText: String {
    guard let sinceLastUpload else { return "none: nothing was uploaded since it was last cleared" }
    let since = "last upload \(ShownTime.span(sinceLastUpload)) ago"
    return cooldownLeft > .zero ? "\(ShownTime.span(cooldownLeft)) left; \(since)" : "passed; \(since)"
  }

  private func cycleText(_ cycle: CycleRow, _ time: ShownTime) -> String {
    "\(cycle.id), \(cycle.state.rawValue), \(time.table(cycle.startedAt))" + (cycle.message.map { ": \($0)" } ?? "")
  }

  private var jobCounts: Listing {
    Self.matrix(
      named: "jobs", of: jobs.map { ($0.kind, $0.state.rawValue, $0.count) }, rowTitle: "JOBS", field: "kind",
      columns: JobState.allCases.map(\.rawValue), whenEmpty: "No jobs yet.")
  }

  private var catalogCounts: Listing {
    let order = ["A+", "A", "B", "C"]
    let sorted = catalog.sorted {
      (order.firstIndex(of: $0.leadClass) ?? 4) < (order.firstIndex(of: $1.leadClass) ?? 4)
    }
    return Self.matrix(
      named: "catalog", of: sorted.map { ($0.leadClass, $0.state.rawValue, $0.count) }, rowTitle: "LEADS",
      field: "class",
      columns: LeadState.allCases.map(\.rawValue), whenEmpty: "The catalog is empty: no source was read yet.")
  }

  /// Counts by two names, as a table with a row for each first one in the order of appearance.
  private static func matrix(
    named name: String, of counts: [(row: String, column: String, count: Int)], rowTitle: String, field: String,
    columns: [String], whenEmpty: String
  ) -> Listing {
    var listing = Listing(
      name: name,
      // On a narrow terminal what is seldom looked for gives way.
      columns: [.init(title: rowTitle, field: field)]
        + columns.map {
          .init(
            title: $0.uppercased(), field: $0, isNumber: true, isDispensable: ["cancelled", "withdrawn"].contains($0))
        }, whenEmpty: whenEmpty)
    var names: [String] = []
    for count in counts where !names.contains(count.row) { names.append(count.row) }
    listing.rows = names.map { row in
      [.text(row)]
        + columns.map { column in .int(counts.first { $0.row == row && $0.column == column }?.count ?? 0) }
    }
    return listing
  }
}
