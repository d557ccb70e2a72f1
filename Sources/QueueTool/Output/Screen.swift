import Operations
import Timekeeping

/// Standard output as a command uses it: results only, in one piece.
struct Screen: Sendable {
  let output: StandardStream
  /// Columns of the terminal; nil where no person watches: nothing is shortened then.
  let width: Int?
  let time: ShownTime

  init(_ settings: Settings) {
    self.init(
      output: .output(isColourRefused: settings.environment.isColourRefused), width: Terminal.width(),
      time: ShownTime(zoneName: settings.configuration.businessRules.timezone))
  }

  /// Without settings, which may be what is wrong. No times are shown on it.
  init(variables: [String: String]) {
    self.init(
      output: .output(isColourRefused: variables["NO_COLOR"].map { !$0.isEmpty } ?? false),
      width: Terminal.width(),
      time: ShownTime(zoneName: "UTC"))
  }

  init(output: StandardStream, width: Int?, time: ShownTime) {
    self.output = output
    self.width = output.isTerminal ? width : nil
    self.time = time
  }

  func show(_ lines: [String]) {
    if !lines.isEmpty { output.write(lines.joined(separator: "\n")) }
  }

  func show(_ line: String) { output.write(line) }

  /// Sentences, each broken between words where the terminal ends.
  func tell(_ sentences: [String]) { show(sentences.flatMap { Tree($0).lines(on: self) }) }

  func show(_ document: JSONText) { output.write(document.pretty) }

  func show(_ listing: Listing, as format: OutputFormat) {
    switch format {
    case .table: show(listing.lines(on: self))
    case .json: show(listing.document(time))
    }
  }

  func coloured(_ text: String, _ colour: StandardStream.Colour?) -> String { output.coloured(text, colour) }
}
