import Operations
import TestSupport
import Testing

@Suite("Lines on a terminal")
struct TerminalTests {
  @Test("what is too long goes on below, two columns further right, broken between words")
  func fitted() {
    let line = "  Binding: per-run cap, upload_controls.max_upload_per_run"
    #expect(
      line.fitted(to: 40) == ["  Binding: per-run cap,", "    upload_controls.max_upload_per_run"])
    #expect(line.fitted(to: nil) == [line])
    #expect(line.fitted(to: line.count) == [line])
  }

  @Test("no word is lost, cut or moved, and no line is too wide but for a word that is")
  func law() {
    for seed in 0..<300 as Range<UInt64> {
      var random = SeededGenerator(seed: seed)
      let words = (0..<Int.random(in: 1...40, using: &random)).map { number in
        String(repeating: "w", count: Int.random(in: 1...20, using: &random)) + "\(number)"
      }
      let indent = Int.random(in: 0...8, using: &random)
      let line = String(repeating: " ", count: indent) + words.joined(separator: " ")
      for width in [34, 60, 80, 200] {
        let lines = line.fitted(to: width)
        #expect(lines.flatMap { $0.split(separator: " ").map(String.init) } == words, "seed \(seed)")
        #expect(lines.allSatisfy { $0.count <= width }, "seed \(seed), width \(width)")
        #expect(lines.dropFirst().allSatisfy { $0.prefix { $0 == " " }.count == indent + 2 || lines.count == 1 })
      }
    }
  }
}
