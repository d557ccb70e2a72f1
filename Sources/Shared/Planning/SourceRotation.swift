/// In which order several files of leads are used.
///
/// The best lead always goes first, whatever its file (R23). The rotation decides among leads of equal score: which file they
/// are taken from first, or how the files take turns. A file that has run dry is passed over by itself.
package struct SourceRotation: Sendable, Equatable {
  package enum Rule: String, Sendable, CaseIterable, Codable {
    /// As the files are configured: a later one only when the earlier ones hold no lead of that score.
    case priority
    /// The same by the time the files were last written, the oldest first.
    case oldestFirst = "oldest_first"
    /// Lead by lead in turns; each run begins with another file.
    case roundRobin = "round_robin"
    /// In turns too, in proportion to the files' weights.
    case weighted
  }

  /// A file as the rotation sees it.
  package struct File: Sendable, Equatable {
    package var id: Int64
    /// When it was last written, nanoseconds since 1970; nil: not known, and then it comes last.
    package var modified: Int64?
    /// Its part of the leads of equal score, > 0, for `weighted`.
    package var weight: Double

    package init(id: Int64, modified: Int64? = nil, weight: Double = 1) {
      self.id = id
      self.modified = modified
      self.weight = weight
    }
  }

  /// How leads of equal score are shared.
  package struct Order: Sendable, Equatable {
    /// The files' ids, first comes first.
    package var sources: [Int64]
    /// One for each of `sources`; nil: a file gives all it has before the next one is asked.
    package var weights: [Double]?

    package init(sources: [Int64], weights: [Double]? = nil) {
      self.sources = sources
      self.weights = weights
    }
  }

  package var rule: Rule

  package init(_ rule: Rule = .priority) {
    self.rule = rule
  }

  /// The order for one run. `files` as configured; `turn` counts the runs, so that each may begin with another file.
  package func order(of files: [File], turn: Int64) -> Order {
    switch rule {
    case .priority:
      return Order(sources: files.map(\.id))
    case .oldestFirst:
      // `sorted` keeps the order of equal elements, which is that of the configuration.
      return Order(sources: files.sorted { ($0.modified ?? .max) < ($1.modified ?? .max) }.map(\.id))
    case .roundRobin:
      let first = files.isEmpty ? 0 : Int(turn.magnitude % UInt64(files.count))
      let sources = (files[first...] + files[..<first]).map(\.id)
      return Order(sources: sources, weights: sources.map { _ in 1 })
    case .weighted:
      return Order(sources: files.map(\.id), weights: files.map(\.weight))
    }
  }
}

extension SourceRotation.Order {
  /// The first `count` leads of several lists, each of them the best of one of `sources` with the highest score first. Of equal
  /// scores the next lead comes from the list with the greatest `weight / (2 · taken + 1)` (Webster, as classes are
  /// apportioned), the earlier list when they are equal; without weights from the first list that has one.
  package func merge<Value>(_ lists: [[Value]], count: Int, score: (Value) -> Int) -> [Value] {
    var next = lists.map(\.startIndex)
    var merged: [Value] = []
    while merged.count < count {
      var best: (list: Int, score: Int, claim: Double)?
      for (index, list) in lists.enumerated() where next[index] < list.endIndex {
        let score = score(list[next[index]])
        let claim = weights.map { $0[index] / Double(2 * next[index] + 1) } ?? 0
        guard let found = best else {
          best = (index, score, claim)
          continue
        }
        if score > found.score || (score == found.score && claim > found.claim) { best = (index, score, claim) }
      }
      guard let best else { break }
      merged.append(lists[best.list][next[best.list]])
      next[best.list] += 1
    }
    return merged
  }
}

/// What a plan takes from a file, and what it leaves there.
package struct SourceUse: Sendable, Equatable, Codable {
  package var path: String
  /// Leads selected from it.
  package var taken: Int
  /// Leads of the classes A+, A and B that it still holds.
  package var left: Int

  package init(path: String, taken: Int, left: Int) {
    self.path = path
    self.taken = taken
    self.left = left
  }

  /// This plan takes the last of it.
  package var isUsedUp: Bool { taken > 0 && left == 0 }
}
