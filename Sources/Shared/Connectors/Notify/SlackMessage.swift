import Alerts
import Foundation

/// A message in Slack's blocks (https://api.slack.com/reference/block-kit/blocks): a header, sections, who sent it.
struct SlackMessage: Encodable {
  struct Text: Encodable {
    var type: String
    var text: String
  }

  struct Block: Encodable {
    var type: String
    var text: Text?
    var elements: [Text]?
  }

  /// Slack's own limits: of a header and of a section, characters; of a message, sections.
  private static let headerMax = 150
  private static let sectionMax = 3000
  private static let sectionsMax = 40
  /// Of a line before it is escaped, which makes five characters of one at the most.
  private static let lineMax = sectionMax / 5

  /// Shown where blocks are not, such as in notifications.
  let text: String
  let blocks: [Block]

  init(_ letter: Letter) {
    let title = letter.bulletin.title
    text = Self.escaped(title)
    blocks =
      [Block(type: "header", text: Text(type: "plain_text", text: String(title.prefix(Self.headerMax))))]
      + Self.sections(letter.bulletin.lines).map { Block(type: "section", text: Text(type: "mrkdwn", text: $0)) }
      + [Block(type: "context", elements: [Text(type: "mrkdwn", text: Self.escaped(letter.sender))])]
  }

  func json() throws -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return Array(try encoder.encode(self))
  }

  /// Whole lines, as many in a section as it takes.
  private static func sections(_ lines: [String]) -> [String] {
    var sections: [String] = []
    for line in lines.map({ escaped(String($0.prefix(lineMax))) }) {
      if let last = sections.last, last.count + 1 + line.count <= sectionMax {
        sections[sections.count - 1] = last + "\n" + line
      } else {
        sections.append(line)
      }
    }
    // Slack takes no empty section.
    return Array(sections.filter { $0.contains { !$0.isWhitespace } }.prefix(sectionsMax))
  }

  /// The three characters that mean something to Slack.
  private static func escaped(_ text: String) -> String {
    text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
  }
}
