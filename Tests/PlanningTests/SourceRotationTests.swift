import Planning
import TestSupport
import Testing

@Suite struct SourceRotationTests {
  private typealias File = SourceRotation.File
  private static let files = [File(id: 1, modified: 30), File(id: 2, modified: 10), File(id: 3, weight: 2)]

  private static func order(_ rule: SourceRotation.Rule, turn: Int64 = 0) -> [Int64] {
    SourceRotation(rule).order(of: files, turn: turn).sources
  }

  @Test(
    "By priority and by weight files keep their order, by age the oldest is first, in turns each run begins elsewhere")
  func orders() {
    #expect(Self.order(.priority, turn: 7) == [1, 2, 3])
    #expect(Self.order(.weighted, turn: 7) == [1, 2, 3])
    #expect(Self.order(.oldestFirst) == [2, 1, 3], "what is not known to be old comes last")
    #expect((3...6).map { Self.order(.roundRobin, turn: $0) } == [[1, 2, 3], [2, 3, 1], [3, 1, 2], [1, 2, 3]])
    for rule in SourceRotation.Rule.allCases {
      #expect(SourceRotation(rule).order(of: [], turn: 5).sources.isEmpty)
    }
  }

  /// Leads named by their file and score.
  private static func merge(_ rule: SourceRotation.Rule, _ lists: [[Int]], count: Int) -> [String] {
    let named = zip(["a", "b", "c"], lists).map { name, scores in scores.map { (name, $0) } }
    let order = SourceRotation(rule).order(of: Array(files.prefix(lists.count)), turn: 0)
    let inOrder = order.sources.map { named[Int($0) - 1] }
    return order.merge(inOrder, count: count, score: \.1).map { "\($0.0)\($0.1)" }
  }

  @Test("The highest score goes first whatever the rule, and the rule decides among equal ones")
  func merges() {
    let lists = [[90, 80, 80, 80], [95, 80, 80], [80, 80, 70]]
    #expect(Self.merge(.priority, lists, count: 6) == ["b95", "a90", "a80", "a80", "a80", "b80"])
    #expect(Self.merge(.oldestFirst, lists, count: 6) == ["b95", "a90", "b80", "b80", "a80", "a80"])
    #expect(Self.merge(.roundRobin, lists, count: 6) == ["b95", "a90", "c80", "a80", "b80", "c80"])
    // c counts double: of six equal leads it gives three, and a and b the rest.
    let equal = [[80, 80, 80, 80], [80, 80, 80, 80], [80, 80, 80, 80]]
    #expect(Self.merge(.weighted, equal, count: 4).filter { $0 == "c80" }.count == 2)
    #expect(Self.merge(.weighted, equal, count: 8).filter { $0 == "c80" }.count == 4)
  }

  @Test("A file that runs dry is passed over, and the others give what is wanted")
  func dry() {
    for rule in SourceRotation.Rule.allCases {
      #expect(Self.merge(rule, [[80], [], [80, 80, 80]], count: 9).count == 4)
      #expect(Self.merge(rule, [[], []], count: 3).isEmpty)
    }
  }

  @Test("Law: scores never rise, nothing is lost or doubled, and equal input gives equal output", arguments: 0..<200)
  func laws(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    let lists = (0..<3).map { _ in
      (0..<Int.random(in: 0...12, using: &random)).map { _ in Int.random(in: 60...66, using: &random) }.sorted(by: >)
    }
    for rule in SourceRotation.Rule.allCases {
      let all = Self.merge(rule, lists, count: 99)
      let scores = all.compactMap { Int($0.dropFirst()) }
      #expect(scores == lists.flatMap(\.self).sorted(by: >))
      for (name, list) in zip(["a", "b", "c"], lists) { #expect(all.count { $0.hasPrefix(name) } == list.count) }
      let part = Self.merge(rule, lists, count: 7)
      #expect(part == Array(all.prefix(7)), "a smaller run takes the beginning of a larger one")
    }
  }
}
