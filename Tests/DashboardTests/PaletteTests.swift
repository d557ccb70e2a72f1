import Foundation
import Testing

@testable import Dashboard

@Suite("Contrast of the palette, by the formula of WCAG 2.2")
struct PaletteTests {
  /// `--name: #rrggbb` of the light and of the dark scheme.
  private static func palettes() throws -> [[String: String]] {
    let css = String(decoding: Assets.style.bytes, as: UTF8.self)
    let parts = css.split(separator: "@media (prefers-color-scheme: dark)", maxSplits: 1)
    try #require(parts.count == 2)
    return parts.map { part in
      let colours = part.matches(of: /--([a-z-]+): (#[0-9a-f]{6});/).map { (String($0.output.1), String($0.output.2)) }
      return Dictionary(colours, uniquingKeysWith: { one, _ in one })
    }
  }

  /// https://www.w3.org/TR/WCAG22/#dfn-relative-luminance
  private static func luminance(_ colour: String) throws -> Double {
    let number = try #require(Int(colour.dropFirst(), radix: 16))
    let parts = [16, 8, 0].map { shift -> Double in
      let part = Double(number >> shift & 255) / 255
      return part <= 0.04045 ? part / 12.92 : pow((part + 0.055) / 1.055, 2.4)
    }
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]
  }

  private static func contrast(_ one: String, _ other: String) throws -> Double {
    let pair = try [luminance(one), luminance(other)].sorted()
    return (pair[1] + 0.05) / (pair[0] + 0.05)
  }

  @Test("the formula gives the known values")
  func formula() throws {
    let (most, grey) = (try Self.contrast("#000000", "#ffffff"), try Self.contrast("#777777", "#ffffff"))
    #expect(abs(most - 21) < 0.001)
    #expect(abs(grey - 4.48) < 0.01)
  }

  @Test("text has a contrast of 4.5 or more on every ground it stands on, in both schemes")
  func text() throws {
    let pairs: [(String, [String])] = [
      ("ink", ["ground", "card", "calm-ground"]), ("soft", ["ground", "card"]), ("accent", ["ground", "card"]),
      ("on-accent", ["accent"]), ("good", ["good-ground"]), ("warn", ["warn-ground"]), ("bad", ["bad-ground"]),
      ("calm", ["calm-ground", "ground"]),
    ]
    for palette in try Self.palettes() {
      for (name, grounds) in pairs {
        for ground in grounds {
          let value = try Self.contrast(try #require(palette[name]), try #require(palette[ground]))
          #expect(value >= 4.5, "\(name) on \(ground): \(value)")
        }
      }
    }
  }

  @Test("lines of charts and edges of fields have a contrast of 3 or more")
  func graphics() throws {
    for palette in try Self.palettes() {
      for name in ["chart", "minimum", "target", "soft", "class-a-plus", "class-a", "class-b"] {
        let value = try Self.contrast(try #require(palette[name]), try #require(palette["card"]))
        #expect(value >= 3, "\(name): \(value)")
      }
    }
  }

  @Test("the style sheet and the script ask for nothing elsewhere")
  func selfContained() {
    for file in Assets.all {
      let text = String(decoding: file.bytes, as: UTF8.self).replacing("http://www.w3.org/2000/svg", with: "")
      #expect(
        !text.contains("http:") && !text.contains("https:") && !text.contains("@import") && !text.contains("//cdn"))
    }
  }
}
