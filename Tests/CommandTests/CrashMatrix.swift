import Foundation
import TestSupport

/// Every point at which a program can be killed, with the episode that reaches it.
struct CrashMatrix: Sendable {
  struct Case: Sendable, Hashable {
    /// As `LEAD_CRASH_AT` takes it.
    var point: String
    /// By its place in `CrashEpisode.all`.
    var episode: Int

    /// `Module/File.function(labels:)`; nil for a request.
    var site: String? {
      guard !point.hasPrefix("request:") else { return nil }
      let end = [":begun", ":written", ":committed"].compactMap { point.range(of: $0, options: .backwards) }.first
      return end.map { String(point[..<$0.lowerBound]) }
    }

    /// What a lost or doubled lead would come from: always tested.
    var isOnUploadPath: Bool {
      point.contains("UploadAttempt.") || point.contains("/leads/bulk") || point.contains("ReplenishmentCycle.act")
        || point.contains("ReplenishmentCycle.cleanUp") || point.contains("WorkerPool.settle")
    }
  }

  struct Result: Sendable {
    var isReached: Bool
    var findings: [String]
  }

  let cases: [Case]

  /// Runs every episode once, nobody dying, and collects the points; findings of these runs come along.
  static func explore() async throws -> (matrix: CrashMatrix, findings: [String]) {
    typealias Explored = (episode: Int, points: [String], findings: [String])
    let explored: [Explored] = try await withThrowingTaskGroup(of: Explored.self) { group in
      for (index, episode) in CrashEpisode.all.enumerated() {
        group.addTask {
          let list = FileManager.default.temporaryDirectory.appendingPathComponent("crash-points-\(UUID().uuidString)")
          defer { try? FileManager.default.removeItem(at: list) }
          let ended = try await episode.run { _ in ["LEAD_CRASH_LIST": list.path] }
          let text = String(decoding: try Data(contentsOf: list), as: UTF8.self)
          return (index, text.split(separator: "\n").map(String.init), ended.findings.map { "\(episode.name): \($0)" })
        }
      }
      var all: [Explored] = []
      for try await one in group { all.append(one) }
      return all
    }
    var known: Set<String> = []
    var cases: [Case] = []
    for (index, points, _) in explored.sorted(by: { $0.episode < $1.episode }) {
      for point in Set(points).sorted() where known.insert(point).inserted {
        cases.append(Case(point: point, episode: index))
      }
    }
    return (CrashMatrix(cases: cases), explored.flatMap { $0.findings })
  }

  /// The upload path whole, and of the rest the third that this seed draws.
  func third(seed: UInt64) -> [Case] {
    var random = SeededGenerator(seed: seed)
    return cases.filter { $0.isOnUploadPath || Int.random(in: 0..<3, using: &random) == 0 }
  }

  /// Dies at one point, and looks at what is left.
  static func run(_ one: Case) async throws -> Result {
    let episode = CrashEpisode.all[one.episode]
    let ended = try await episode.run { _ in ["LEAD_CRASH_AT": one.point] }
    return Result(isReached: ended.isReached, findings: ended.findings.map { "\(one.point): \($0)" })
  }
}
