import Operations
import QueueBench
import Testing
import Timekeeping

@testable import lead_queue

@Suite("How a measurement is shown")
struct BenchScreenTests {
  private let report: BenchReport = {
    var compared = Measure(
      "settle_batch", "lease and settle, 100 at once", .jobsPerSecond, beside: .raw,
      rounds: [
        .init(ours: 45_000, reference: 50_000), .init(ours: 40_000, reference: 50_000),
        .init(ours: 44_000, reference: 50_000),
      ])
    compared.durability = "process"
    compared.batch = 100
    let alone = Measure("idle_memory", "idle worker, peak memory", .megabytes, ours: 31.25)
    return BenchReport(
      machine: Machine(
        processor: "A processor", cores: 2, memoryGigabytes: 8, kernel: "Linux 6.1.0", fileSystem: "ext4",
        sqlite: "3.40.1", build: "release"), measures: [compared, alone])
  }()

  private let screen = Screen(
    output: StandardStream(isTerminal: false, isColoured: false, send: { _ in }), width: nil,
    time: ShownTime(zoneName: "America/New_York"))

  @Test("as a table with the machine below")
  func table() {
    #expect(
      BenchScreen(screen).lines(report) == [
        "MEASURE                          OURS  UNIT    BESIDE  WHICH IS       RATIO  SPREAD",
        "lease and settle, 100 at once  44,000  jobs/s  50,000  the raw limit   0.88  0.80–0.90",
        "idle worker, peak memory         31.2  MB           –  –                  –  –",
        "",
        "A processor, 2 cores, 8 GB, Linux 6.1.0, ext4, SQLite 3.40.1, release build",
      ])
  }

  @Test("as one JSON document, in which what does not apply is null")
  func document() {
    #expect(
      BenchScreen.document(report).pretty == """
        {
          "machine": {
            "processor": "A processor",
            "cores": 2,
            "memory_gb": 8,
            "kernel": "Linux 6.1.0",
            "file_system": "ext4",
            "sqlite": "3.40.1",
            "postgresql": null,
            "build": "release"
          },
          "measures": [
            {
              "name": "settle_batch",
              "title": "lease and settle, 100 at once",
              "unit": "jobs/s",
              "ours": 44000.0,
              "beside": "raw",
              "reference": 50000.0,
              "ratio": 0.88,
              "ratio_min": 0.8,
              "ratio_max": 0.9,
              "rounds": 3,
              "durability": "process",
              "batch": 100,
              "processes": null,
              "rows": null
            },
            {
              "name": "idle_memory",
              "title": "idle worker, peak memory",
              "unit": "MB",
              "ours": 31.25,
              "beside": null,
              "reference": null,
              "ratio": null,
              "ratio_min": null,
              "ratio_max": null,
              "rounds": 1,
              "durability": null,
              "batch": null,
              "processes": null,
              "rows": null
            }
          ]
        }
        """)
  }
}
