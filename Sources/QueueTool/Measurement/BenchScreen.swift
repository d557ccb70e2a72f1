import Operations
import QueueBench

/// How a measurement is shown.
struct BenchScreen {
  private let screen: Screen

  init(_ screen: Screen) {
    self.screen = screen
  }

  func show(_ report: BenchReport, as format: OutputFormat) {
    switch format {
    case .table:
      screen.show(lines(report))
    case .json:
      screen.show(Self.document(report))
    }
  }

  func lines(_ report: BenchReport) -> [String] {
    Self.listing(report.measures).lines(on: screen) + ["", report.machine.line]
  }

  static func listing(_ measures: [Measure]) -> Listing {
    Listing(
      name: "measures",
      columns: [
        .init(title: "MEASURE", field: "title", widthMin: 24), .init(title: "OURS", field: "ours", isNumber: true),
        .init(title: "UNIT", field: "unit"), .init(title: "BESIDE", field: "reference", isNumber: true),
        .init(title: "WHICH IS", field: "beside", isDispensable: true),
        .init(title: "RATIO", field: "ratio", isNumber: true), .init(title: "SPREAD", field: "spread"),
      ],
      rows: measures.map { measure in
        [
          .text(measure.title), .text(MeasureText.number(measure.ours)), .text(measure.unit.rawValue),
          .optional(measure.reference.map(MeasureText.number)), .optional(measure.beside.map(MeasureText.beside)),
          .optional(measure.ratio.map(MeasureText.ratio)), .optional(MeasureText.spread(measure)),
        ]
      }, whenEmpty: "Nothing was measured.")
  }

  /// One document with stable names; what does not apply to a measure is null.
  static func document(_ report: BenchReport) -> JSONText {
    let machine = report.machine
    return .object([
      (
        "machine",
        .object([
          ("processor", .text(machine.processor)), ("cores", .int(machine.cores)),
          ("memory_gb", .int(machine.memoryGigabytes)), ("kernel", .text(machine.kernel)),
          ("file_system", .text(machine.fileSystem)), ("sqlite", .text(machine.sqlite)),
          ("postgresql", machine.postgresql.map { .text($0) } ?? .null),
          ("build", .text(machine.build)),
        ])
      ), ("measures", .list(report.measures.map(member))),
    ])
  }

  private static func member(_ measure: Measure) -> JSONText {
    .object([
      ("name", .text(measure.name)), ("title", .text(measure.title)), ("unit", .text(measure.unit.rawValue)),
      ("ours", .number(measure.ours)), ("beside", .optional(measure.beside?.rawValue)),
      ("reference", number(measure.reference)), ("ratio", number(measure.ratio)),
      ("ratio_min", number(measure.ratioMin)), ("ratio_max", number(measure.ratioMax)),
      ("rounds", .int(measure.rounds)), ("durability", .optional(measure.durability)),
      ("batch", .optional(measure.batch)), ("processes", .optional(measure.processes)),
      ("rows", .optional(measure.rows)),
    ])
  }

  private static func number(_ value: Double?) -> JSONText { value.map { .number($0) } ?? .null }
}
