import Operations
import TestSupport
import Testing
import Timekeeping

@testable import lead_queue

@Suite("The law of widths, for any table")
struct TableLawTests {
  private let seeds = 0..<300 as Range<UInt64>

  private func screen(_ width: Int?) -> Screen {
    Screen(
      output: StandardStream(isTerminal: width != nil, isColoured: false, send: { _ in }), width: width,
      time: ShownTime(zoneName: "UTC"))
  }

  private func listing(_ random: inout SeededGenerator) -> Listing {
    var listing = Listing(name: "things", columns: [], whenEmpty: "none")
    for number in 0..<Int.random(in: 1...8, using: &random) {
      let title = String(repeating: "T", count: Int.random(in: 1...9, using: &random))
      listing.columns.append(
        .init(
          title: title, field: "f\(number)", isNumber: random.oneIn(3),
          widthMin: random.oneIn(2) ? Int.random(in: 1...12, using: &random) : nil, isDispensable: random.oneIn(3)))
    }
    for _ in 0..<Int.random(in: 1...6, using: &random) {
      listing.rows.append(
        listing.columns.map { _ in
          .text(String(repeating: "x", count: Int.random(in: 0...40, using: &random)))
        })
    }
    return listing
  }

  private func text(_ cell: Listing.Cell) -> String {
    if case .text(let text, _) = cell { text } else { "" }
  }

  /// What a column takes with all its content, and what it takes when it has given way, by the words of `Listing.Column`.
  private func widths(_ column: Int, of listing: Listing) -> (full: Int, least: Int) {
    let title = listing.columns[column].title.count
    let full = listing.rows.reduce(title) { max($0, text($1[column]).count) }
    return (full, listing.columns[column].widthMin.map { min(full, max($0, title)) } ?? full)
  }

  @Test("no line is wider than the terminal, as long as the columns that stay can be made to fit")
  func fits() {
    for seed in seeds {
      var random = SeededGenerator(seed: seed)
      let listing = listing(&random)
      let needed = listing.columns.indices.filter { !listing.columns[$0].isDispensable }
      let least = needed.reduce(0) { $0 + widths($1, of: listing).least } + 2 * max(0, needed.count - 1)
      for width in [60, 80, 200, max(1, least), least + 1] where width >= least {
        let lines = listing.lines(on: screen(width))
        #expect(lines.allSatisfy { $0.count <= width }, "seed \(seed), width \(width)")
        #expect(lines.count == listing.rows.count + 2, "seed \(seed): a row stays one line")
      }
    }
  }

  @Test("where there is room nothing is shortened or left out, and never where nobody watches")
  func whole() {
    for seed in seeds {
      var random = SeededGenerator(seed: seed)
      let listing = listing(&random)
      let full =
        listing.columns.indices.reduce(0) { $0 + widths($1, of: listing).full } + 2 * (listing.columns.count - 1)
      let plain = listing.lines(on: screen(nil))
      let roomy = listing.lines(on: screen(full))
      #expect([roomy[0]] + roomy.dropFirst(2) == plain, "seed \(seed)")
      #expect(!plain.joined().contains("…"))
      for (row, line) in zip(listing.rows, plain.dropFirst()) {
        #expect(line.split(separator: " ").map(String.init) == row.map(text).filter { !$0.isEmpty }, "seed \(seed)")
      }
    }
  }

  @Test("a column that may not be shortened is whole wherever it is shown")
  func rigid() {
    for seed in seeds {
      var random = SeededGenerator(seed: seed)
      let listing = listing(&random)
      for width in [1, 20, 60, 80] {
        let lines = listing.lines(on: screen(width))
        for column in listing.columns.indices
        where listing.columns[column].widthMin == nil && !listing.columns[column].isDispensable {
          for (row, line) in zip(listing.rows, lines.dropFirst(2)) {
            #expect(line.contains(text(row[column])), "seed \(seed), width \(width)")
          }
        }
      }
    }
  }

  // MARK: The tables of the commands

  /// The widest that stands in columns that may not be shortened and hold neither numbers nor times.
  private static let widest: [String: String] = [
    "alerts.event": "reading_held", "alerts.subject": "sources", "alerts.state": "open", "channels.channel": "slack",
    "channels.outcome": "not delivered", "jobs.queue": "default", "jobs.state": "succeeded", "jobs.kind": "monitor",
    "jobs.result": "cancel requested", "leads.class": "A+", "leads.state": "unresolved", "leads.result": "not requeued",
    "preview.state": "succeeded", "schedules.name": "replenishment", "schedules.timing": "every 30 min",
    "schedules.zone": "America/New_York", "schedules.overlap": "allow", "schedules.catch_up": "latest",
    "schedules.last_outcome": "enqueued", "sources.state": "unreadable", "ticks.outcome": "enqueued",
    "workers.id": "4910880d", "workers.state": "draining", "workers.version": "0.1.0", "counters.day": "2026-12-01",
  ]

  private static let listings: [Listing] = [
    AlertsListCommand.listing([]), AlertAttempt.listing([]), AuditListCommand.listing([], as: .table),
    CountersCommand.listing([], []), JobsCommand.listing([]), JobMending.listing([]), JobMending.listing([], .cancel),
    LeadsCommand.listing([]), Requeueing.listing([]), SchedulesCommand.listing([]), SchedulesCommand.ticks([]),
    SourcesCommand.listing([]), WorkersCommand.listing([], running: [:], now: Timestamp(milliseconds: 0), as: .table),
  ]

  @Test("no table of a command is wider than a terminal of 60, 80 or 200 columns, with columns as full as they get")
  func commands() throws {
    for var listing in Self.listings {
      listing.rows = [
        try listing.columns.map { column in
          if column.field == "at" || column.field.hasSuffix("_at") { return .time(Timestamp(milliseconds: 0)) }
          if column.field == "seen_seconds_ago" { return .text("23 h 59 min ago") }
          if column.isNumber { return .int(99_999) }
          if column.widthMin != nil { return .text(String(repeating: "x", count: 150)) }
          let name = "\(listing.name).\(column.field)"
          return .text(try #require(Self.widest[name], "how wide \(name) gets"))
        }
      ]
      for width in [60, 80, 200] {
        let lines = listing.lines(on: screen(width))
        #expect(lines.allSatisfy { $0.count <= width }, "\(listing.name) at \(width): \(lines)")
      }
    }
  }
}
