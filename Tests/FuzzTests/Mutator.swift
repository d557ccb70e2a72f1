import TestSupport

/// Makes inputs out of examples: the same ones for the same seed.
struct Mutator {
  private static let marks: [[UInt8]] =
    [
      "{", "}", "[", "]", "\"", ",", ":", "\\", "\n", "\r\n", "\u{0}", "\\u0000", "\\ud800", "null", "NaN", "-0",
      "1e999",
      "9223372036854775808", "-9223372036854775808", "0.1e-400", "//", "/*", "\u{FEFF}", "é", "\u{1F600}", "CANARY7Q",
      "' ", "%2F", "@", "?", "=", "*/", "59", String(repeating: "[", count: 70),
    ].map { Array($0.utf8) } + [[0xFF], [0xC3], [0xED, 0xA0, 0x80], [0xFE, 0xFF]]

  let examples: [[UInt8]]
  var random: SeededGenerator

  mutating func next() -> [UInt8] {
    var bytes = examples.randomElement(using: &random) ?? []
    for _ in 0..<Int.random(in: 1...4, using: &random) {
      let place = Int.random(in: 0...bytes.count, using: &random)
      let end = min(bytes.count, place + Int.random(in: 1...12, using: &random))
      switch Int.random(in: 0..<8, using: &random) {
      case 0: bytes.removeSubrange(place..<end)
      case 1: bytes.removeSubrange(place...)
      case 2: bytes.insert(UInt8.random(in: 0...255, using: &random), at: place)
      case 3: for at in place..<end { bytes[at] = UInt8.random(in: 0...255, using: &random) }
      case 4: bytes.insert(contentsOf: bytes[place..<end], at: place)
      case 5:
        let other = examples.randomElement(using: &random) ?? []
        bytes.insert(contentsOf: other.suffix(Int.random(in: 0...other.count, using: &random)), at: place)
      default: bytes.insert(contentsOf: Self.marks.randomElement(using: &random) ?? [], at: place)
      }
    }
    return bytes
  }
}
