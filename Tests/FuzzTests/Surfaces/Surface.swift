/// A place where bytes from outside come in, with what must hold whatever they are. Used by the tests with seeded inputs, and
/// by scripts/fuzz with libFuzzer's.
struct Surface: Sendable {
  /// Stands in the values of the examples: no text about an input may repeat it.
  static let canary = "CANARY7Q"

  let name: String
  /// How many inputs the tests make of the examples: a few tenths of a second.
  let rounds: Int
  /// Good inputs, from which others are made by mutation.
  let examples: [[UInt8]]
  /// Hands the input to the program and throws a `Finding` when a law is broken.
  let check: @Sendable ([UInt8]) throws -> Void

  init(_ name: String, rounds: Int = 800, examples: [String], check: @escaping @Sendable ([UInt8]) throws -> Void) {
    self.name = name
    self.rounds = rounds
    self.examples = examples.map { Array($0.utf8) }
    self.check = check
  }

  static let all: [Surface] = [
    sources, tables, bulkAnswers, leadLists, otherAnswers, configuration, environment, addresses, tracking, schedules,
    moments,
  ]
}

/// A law that an input breaks.
struct Finding: Error, CustomStringConvertible {
  let description: String
}

/// Throws a finding unless `law` holds.
func require(_ law: Bool, _ words: @autoclosure () -> String) throws(Finding) {
  guard law else { throw Finding(description: words()) }
}

/// Throws a finding when a text about an input repeats what the input says.
func requireSilence(_ texts: [String]) throws(Finding) {
  for text in texts where text.lowercased().contains(Surface.canary.lowercased()) {
    throw Finding(description: "a text repeats the input: \(text.prefix(300))")
  }
}

/// Bytes taken off the front of an input, to choose between cases.
struct Choices {
  private(set) var rest: ArraySlice<UInt8>

  init(_ bytes: [UInt8]) {
    rest = bytes[...]
  }

  /// 0..<count; 0 when no byte is left.
  mutating func choose(_ count: Int) -> Int { Int(rest.popFirst() ?? 0) % count }
}
