import QueueBench

/// The results as docs/BENCHMARKS.md.
struct BenchDocument {
  var machine: Machine
  var queue: [Measure]
  /// The queue among many other jobs.
  var growth: [Measure]
  var others: [Measure]

  /// The whole document.
  var text: String {
    """
    # Benchmarks

    Made by `make bench`; `lead-queue bench` measures the queue alone. Measured on: \(machine.line).

    Ours and what it is compared with took turns, in rounds on fresh portions, in one run: the **ratio** is the median over the
    rounds, **spread** the least and the greatest. What else the machine does disturbs the ratio less than the rates; a wide
    spread says that it did. The raw limit of the queue is a loop in C (`Sources/Shared/CQueueLoop`) that writes the same rows into the same
    tables with the same indexes, batch and durability; a test compares the rows. Jobs do nothing. They go through the
    worker pool that runs real ones. Checkpoints run between the rounds, for both sides alike.

    \(tables)

    - **process** survives the death of any process, **power** a power failure too (`synchronous` NORMAL and FULL).
    - Enqueue to start: from the moment at which the call that enqueues returned in one process to the first line of the
      handler in another. The raw limit of it is a pipe that wakes a loop in C, which leases the job.
    - Source reading: beside reading the file and looking for line ends with `memchr`, without understanding a byte.
    - Source into the catalog: beside a loop in C that writes the same rows, known beforehand, one statement each
      (`Sources/Shared/CQueueLoop/LeadLoop.c`). Ours reads, parses and cleans them first.
    - Reads of a plan: supply by class and cell, the best 500 leads of three classes, limits and what is in flight, beside the same
      over 10,000 leads.
    - Audit trail: beside one SHA-256 and the two statements for each entry, with everything else known beforehand.

    """
  }

  /// The tables alone.
  var tables: String {
    """
    ## The queue

    \(Self.table(queue))

    ## The queue as the store grows

    \(Self.table(growth))

    ## The rest

    \(Self.table(others))
    """
  }

  private static func table(_ measures: [Measure]) -> String {
    let head = """
      | measure | ours | compared with | | ratio | spread | durability |
      |---|---:|---|---:|---:|---|---|
      """
    let rows = measures.map { measure in
      let cells = [
        measure.title, "\(MeasureText.number(measure.ours)) \(measure.unit.rawValue)",
        measure.beside.map(MeasureText.beside) ?? "", measure.reference.map(MeasureText.number) ?? "",
        measure.ratio.map(MeasureText.ratio) ?? "", MeasureText.spread(measure) ?? "", measure.durability ?? "",
      ]
      return "| " + cells.joined(separator: " | ") + " |"
    }
    return ([head] + rows).joined(separator: "\n")
  }
}
