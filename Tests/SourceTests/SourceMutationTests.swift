import Connectors
import Foundation
import Leads
import TestSupport
import Testing

@Suite("Random damage to source files")
struct SourceMutationTests {
  @Test(
    "Damage never crashes the reader, and never costs a record that ends before it", arguments: 0..<50 as Range<UInt64>)
  func damaged(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    let isArray = Bool.random(using: &random)
    let separator = [",\n  ", ",", ",\n"].randomElement(using: &random) ?? ","
    let count = 12
    let text = isArray ? Sample.array(0..<count, separator: separator) : Sample.lines(0..<count)
    let whole = Array(text.utf8)
    let ends = (1...count).map { number in
      isArray
        ? Sample.array(0..<number, separator: separator).utf8.count - 3 : Sample.lines(0..<number).utf8.count - 1
    }
    for _ in 0..<15 {
      // Behind the first record, since a file whose first record is damaged may be taken for something else.
      let place = Int.random(in: (ends[0] + 1)..<whole.count, using: &random)
      let damaged = Self.damaged(whole, at: place, using: &random)
      let before = ends.filter { $0 <= place }.count
      let reading = try Reading(TemporaryFile(damaged))
      let expected = (0..<before).map(Sample.key)
      #expect(Array(reading.leads.map(\.key.rawValue).prefix(before)) == expected, "seed \(seed), byte \(place)")
      #expect(reading.summary.records == reading.records.count)
      #expect(reading.records.map(\.position) == Array(1..<(reading.records.count + 1)))
      #expect(try Reading(TemporaryFile(damaged)).records == reading.records)
    }
  }

  @Test(
    "A damaged byte costs at most its own record and, when it was a quote or brace, the next",
    arguments: 0..<40 as Range<UInt64>)
  func oneByte(seed: UInt64) throws {
    var random = SeededGenerator(seed: 500 + seed)
    let isArray = Bool.random(using: &random)
    let whole = Array((isArray ? Sample.array(0..<8) : Sample.lines(0..<8)).utf8)
    for _ in 0..<15 {
      var damaged = whole
      let place = Int.random(in: 2..<(whole.count - 3), using: &random)
      damaged[place] = UInt8.random(in: 0...255, using: &random)
      let reading = try Reading(TemporaryFile(damaged))
      let intact = Set((0..<8).map(Sample.key)).intersection(reading.leads.map(\.key.rawValue))
      #expect(intact.count >= 6, "seed \(seed), byte \(place) is \(damaged[place])")
    }
  }

  private static func damaged(_ bytes: [UInt8], at place: Int, using random: inout SeededGenerator) -> [UInt8] {
    var bytes = bytes
    let length = min(Int.random(in: 1...40, using: &random), bytes.count - place)
    switch Int.random(in: 0..<5, using: &random) {
    case 0: bytes.removeSubrange(place...)
    case 1: bytes.removeSubrange(place..<place + length)
    case 2: bytes[place] = UInt8.random(in: 0...255, using: &random)
    case 3:
      let noise = (0..<length).map { _ in UInt8.random(in: 0...255, using: &random) }
      bytes.insert(contentsOf: noise, at: place)
    default:
      let marks = Array(#"{}[]",:\"#.utf8)
      let noise = (0..<length).map { _ in marks.randomElement(using: &random) ?? 0 }
      bytes.insert(contentsOf: noise, at: place)
    }
    return bytes
  }
}
