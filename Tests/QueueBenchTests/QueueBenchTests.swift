import Database
import Foundation
import TestSupport
import Testing

@testable import QueueBench

@Suite("Measuring the queue")
struct QueueBenchTests {
  private static func smallPlan(_ parts: Set<BenchPlan.Part>) -> BenchPlan {
    var plan = BenchPlan()
    plan.parts = parts
    plan.jobs = 60
    plan.rounds = 3
    plan.batch = 7
    plan.enqueueBatch = 9
    plan.durability = .power
    plan.flatRows = [20, 200]
    return plan
  }

  @Test("enqueueing and settling are measured under both durabilities, each beside the raw limit")
  func throughput() async throws {
    let folder = try TemporaryFolder()
    let ground = try BenchGround(in: folder.path)
    defer { ground.remove() }
    let bench = QueueBench(plan: Self.smallPlan([.enqueue, .settle]), ground: ground, entry: []) { _ in }
    let report = try await bench.run()
    #expect(
      report.measures.map(\.name) == [
        "enqueue", "enqueue_power", "settle_batch", "settle_single", "settle_batch_power", "settle_single_power",
      ])
    for measure in report.measures {
      #expect(measure.beside == .raw)
      #expect(measure.rounds == 3)
      #expect(measure.ours > 0)
      #expect(try #require(measure.ratioMin) <= #require(measure.ratio))
      #expect(try #require(measure.ratio) <= #require(measure.ratioMax))
    }
    #expect(report.measures.map(\.batch) == [9, 9, 7, 1, 7, 1])
  }

  @Test("the queue among many jobs is compared with the queue among few, and so is the raw limit")
  func flat() async throws {
    let folder = try TemporaryFolder()
    let ground = try BenchGround(in: folder.path)
    defer { ground.remove() }
    let report = try await QueueBench(plan: Self.smallPlan([.flat]), ground: ground, entry: []) { _ in }.run()
    #expect(
      report.measures.map(\.name) == [
        "flat_waiting", "flat_waiting_raw", "flat_available", "flat_available_raw", "flat_finished",
        "flat_finished_raw",
      ])
    #expect(report.measures.allSatisfy { $0.beside == .fewRows && $0.rows == 200 && $0.ours > 0 })
  }

  @Test("a measurement leaves nothing behind")
  func leavesNothing() async throws {
    let folder = try TemporaryFolder()
    let ground = try BenchGround(in: folder.path)
    _ = try await QueueBench(plan: Self.smallPlan([.enqueue]), ground: ground, entry: []) { _ in }.run()
    #expect(FileManager.default.fileExists(atPath: ground.folder + "/enqueue/store.db"))
    ground.remove()
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == [])
  }

  @Test("a folder that cannot be made is an error that names the place")
  func noFolder() throws {
    let folder = try TemporaryFolder()
    #expect {
      _ = try BenchGround(in: folder.file("missing"))
    } throws: { error in
      "\(error)".contains(folder.file("missing"))
    }
  }

  @Test("the machine is described without its name")
  func machine() throws {
    let machine = Machine.current(folder: FileManager.default.temporaryDirectory.path)
    #expect(machine.cores > 0)
    #expect(machine.kernel.hasPrefix("Linux "))
    #expect(machine.fileSystem != "unknown")
    #expect(!machine.line.contains(ProcessInfo.processInfo.hostName))
  }
}
