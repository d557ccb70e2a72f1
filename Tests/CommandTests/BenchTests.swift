import Foundation
import Testing

@Suite("lead-queue bench")
struct BenchTests {
  private struct Report: Decodable {
    struct Machine: Decodable {
      let cores: Int
      let sqlite: String
    }

    struct Measure: Decodable {
      let name: String
      let unit: String
      let ours: Double
      let beside: String?
      let reference: Double?
      let ratio: Double?
      let rounds: Int
      let processes: Int?
    }

    let machine: Machine
    let measures: [Measure]
  }

  @Test("measures beside the raw limit, answers with one JSON document, and leaves no file behind")
  func measures() async throws {
    try await Site.alone { site in
      let before = try Self.files(in: site.folder)
      let ended = try await site.run(
        "lead-queue", ["bench", "--jobs", "200", "--only", "enqueue,settle", "--format", "json"])
      #expect(ended.status == 0)
      let report = try JSONDecoder().decode(Report.self, from: Data(ended.output.utf8))
      #expect(report.machine.cores > 0)
      #expect(report.measures.map(\.name) == ["enqueue", "settle_batch", "settle_single"])
      for measure in report.measures {
        #expect(measure.unit == "jobs/s")
        #expect(measure.beside == "raw")
        #expect(measure.ours > 0)
        #expect(try #require(measure.ratio) > 0)
      }
      #expect(ended.errors.contains("Measuring in"))
      #expect(try Self.files(in: site.folder) == before)
      #expect(!FileManager.default.fileExists(atPath: site.storePath))
    }
  }

  @Test("starts itself again as processes that share a store, and times the way from one to the other")
  func processes() async throws {
    try await Site.alone { site in
      let before = try Self.files(in: site.folder)
      let ended = try await site.run(
        "lead-queue",
        ["bench", "--jobs", "500", "--only", "processes,latency", "--processes", "2", "--format", "json"])
      #expect(ended.status == 0)
      let report = try JSONDecoder().decode(Report.self, from: Data(ended.output.utf8))
      #expect(
        report.measures.map(\.name) == [
          "processes_settle", "processes_settle_share", "processes_settle_wait", "enqueue_single_power",
          "processes_write_power",
          "processes_write_power_share", "processes_write_power_wait", "latency_p50", "latency_p99", "latency_max",
          "latency_call_p50", "latency_call_p99", "latency_call_max",
        ])
      for measure in report.measures {
        #expect(measure.processes == (measure.name == "enqueue_single_power" ? 1 : 2))
      }
      // Equal at the best.
      for measure in report.measures where measure.name.hasSuffix("_share") {
        #expect(try #require(measure.ratio) <= 1)
      }
      #expect(try Self.files(in: site.folder) == before)
    }
  }

  @Test("ended by a signal it removes its folder, and its processes end with it", arguments: [SIGINT, SIGTERM])
  func interrupted(_ signal: Int32) async throws {
    try await Site.alone { site in
      let before = try Self.files(in: site.folder)
      let bench = try site.start("lead-queue", ["bench", "--jobs", "100000", "--only", "idle"])
      try await bench.says("Measuring in")
      let folder = try #require(
        bench.errors.firstMatch(of: /Measuring in (.+), which/).map { String($0.1) })
      try await eventually("the measuring process has opened the store") {
        FileManager.default.fileExists(atPath: folder + "/idle/store.db")
      }
      try await eventually("the measuring process runs") { try Self.processes(naming: folder) != [] }
      bench.send(signal)
      #expect(try await bench.exit() == 128 + signal)
      #expect(try Self.files(in: site.folder) == before)
      try await eventually("no process works in the folder any more") { try Self.processes(naming: folder) == [] }
    }
  }

  @Test(
    "wrong usage ends with 64 and measures nothing",
    arguments: [
      ["--jobs", "0"], ["--processes", "1"], ["--batch", "0"], ["--batch", "10001"], ["--only", "everything"],
      ["--durability", "none"], ["--flat-rows", "1000"], ["--format", "xml"],
    ])
  func usage(_ words: [String]) async throws {
    try await Site.alone { site in
      let ended = try await site.run("lead-queue", ["bench"] + words)
      #expect(ended.status == 64)
      #expect(!ended.errors.contains("Measuring in"))
    }
  }

  /// The numbers of the processes whose command line names the folder.
  private static func processes(naming folder: String) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: "/proc").filter { number in
      guard number.allSatisfy(\.isNumber), let line = FileManager.default.contents(atPath: "/proc/\(number)/cmdline")
      else {
        return false
      }
      // The task is JSON, in which slashes may be escaped.
      return String(decoding: line, as: UTF8.self).replacing("\\/", with: "/").contains(folder)
    }
  }

  /// Except what the programs of this test say, which is kept there.
  private static func files(in folder: String) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: folder).filter {
      !$0.hasSuffix(".out") && !$0.hasSuffix(".err")
    }
    .sorted()
  }
}
