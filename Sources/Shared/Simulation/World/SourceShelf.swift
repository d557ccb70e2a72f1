import Foundation

/// The source files of a world, on a real disk, and what becomes of them.
// Unchecked: used on the one thread of `SingleThread` only.
final class SourceShelf: @unchecked Sendable {
  private var random: SeededRandom
  private var people: [[Int]]
  private var natures: [Int: Person.Nature] = [:]
  private var nextNumber = 1
  let paths: [String]

  /// `natureOf` says what the CRM will make of a new person.
  init(seed: UInt64, counts: [Int], natureOf: (inout SeededRandom) -> Person.Nature) throws {
    random = SeededRandom(seed: seed, stream: "sources")
    people = []
    paths = counts.indices.map { "source-\($0 + 1).json" }
    for count in counts {
      var own: [Int] = []
      for _ in 0..<count { own.append(newPerson(natureOf)) }
      // Some stand in an earlier file too.
      if let other = people.first { own += other.prefix(count / 10) }
      people.append(own)
    }
    for index in people.indices { try write(index) }
  }

  private func newPerson(_ natureOf: (inout SeededRandom) -> Person.Nature) -> Int {
    defer { nextNumber += 1 }
    natures[nextNumber] = natureOf(&random)
    return nextNumber
  }

  func person(_ number: Int) -> Person { Person(number: number, nature: natures[number] ?? .fine) }

  /// Somebody of the first source, for rows that the CRM held before.
  func anybody() -> Person { person(random.pick(people[0])) }

  func grow(_ natureOf: (inout SeededRandom) -> Person.Nature) throws {
    let index = random.int(0...(people.count - 1))
    for _ in 0..<random.int(1...15) { people[index].append(newPerson(natureOf)) }
    try write(index)
  }

  func shrink() throws {
    let index = random.int(0...(people.count - 1))
    people[index].removeLast(min(people[index].count - 1, random.int(1...10)))
    try write(index)
  }

  /// Cuts a file off, or breaks one record in its middle. Returns what mends it.
  func spoil() throws -> () throws -> Void {
    let index = random.int(0...(people.count - 1))
    let text = content(index)
    let cut = text.index(text.startIndex, offsetBy: random.int(1...(text.count - 1)))
    try write(random.chance(0.5) ? String(text[..<cut]) : text[..<cut] + "#" + text[cut...], to: index)
    return { try self.write(index) }
  }

  /// Takes a file away. Returns what brings it back.
  func hide() throws -> () throws -> Void {
    let index = random.int(0...(people.count - 1))
    // Another mishap may have taken it before.
    if FileManager.default.fileExists(atPath: paths[index]) { try FileManager.default.removeItem(atPath: paths[index]) }
    return { try self.write(index) }
  }

  private func content(_ index: Int) -> String {
    "[" + people[index].map { person($0).record }.joined(separator: ",\n") + "]"
  }

  private func write(_ index: Int) throws {
    try write(content(index), to: index)
  }

  /// A new file each time, as careful programs write.
  private func write(_ text: String, to index: Int) throws {
    try Data(text.utf8).write(to: URL(fileURLWithPath: paths[index]), options: .atomic)
  }
}
