package import Logging
package import Timekeeping

/// How a line of the log is written.
package enum LogFormat: String, Sendable, CaseIterable {
  /// `2026-11-22T10:00:00.123-05:00 INFO  message key=value`, for people.
  case text
  /// One JSON object a line with `time`, `level`, `message`, `logger` and the metadata, for machines.
  case json
}

/// One thing to be logged. Rendered, it is always exactly one line, whatever the texts hold.
package struct LogRecord: Sendable {
  package var time: Timestamp
  package var level: Logger.Level
  package var label: String
  package var message: String
  package var metadata: Logger.Metadata

  package init(
    time: Timestamp, level: Logger.Level, label: String, message: String, metadata: Logger.Metadata = [:]
  ) {
    self.time = time
    self.level = level
    self.label = label
    self.message = message
    self.metadata = metadata
  }

  /// The line without newline. `offset` is that of the zone to show, in seconds east of UTC.
  package func line(_ format: LogFormat, offset: Int) -> String {
    switch format {
    case .text: ISO8601.text(of: time, offset: offset) + " " + shortLine
    case .json: jsonLine(offset: offset)
    }
  }

  /// The line for people without its time.
  package var shortLine: String {
    let word = level.rawValue.uppercased()
    var line = word + String(repeating: " ", count: max(1, 6 - word.utf8.count))
    line += message.escapingUnprintable()
    for (key, value) in metadata.sorted(by: { $0.key < $1.key }) {
      line += " " + key.escapingUnprintable() + "=" + LogRecord.plainText(of: value)
    }
    return line
  }

  private func jsonLine(offset: Int) -> String {
    var members = [
      "\"time\":" + JSONValue.quoted(ISO8601.text(of: time, offset: offset)),
      "\"level\":" + JSONValue.quoted(level.rawValue),
      "\"message\":" + JSONValue.quoted(message),
      "\"logger\":" + JSONValue.quoted(label),
    ]
    let taken: Set = ["time", "level", "message", "logger"]
    for (key, value) in metadata.sorted(by: { $0.key < $1.key }) {
      // A name given twice would make the line ambiguous.
      let name = taken.contains(key) ? "_" + key : key
      members.append(JSONValue.quoted(name) + ":" + LogRecord.json(of: value).compactText)
    }
    return "{" + members.joined(separator: ",") + "}"
  }

  private static func plainText(of value: Logger.MetadataValue) -> String {
    switch value {
    case .string, .stringConvertible:
      let text = "\(value)"
      let isPlain =
        !text.isEmpty && text.unicodeScalars.allSatisfy { !$0.properties.isWhitespace && $0 != "=" && $0 != "\"" }
      return isPlain ? text.escapingUnprintable() : JSONValue.quoted(text)
    case .array, .dictionary:
      return json(of: value).compactText
    }
  }

  private static func json(of value: Logger.MetadataValue) -> JSONValue {
    switch value {
    case .string(let text): .text(text)
    case .stringConvertible(let convertible):
      switch convertible {
      case let number as Int: .integer(number)
      case let truth as Bool: .boolean(truth)
      default: .text(convertible.description)
      }
    case .array(let values): .list(values.map(json(of:)))
    case .dictionary(let members): .object(members.mapValues(json(of:)))
    }
  }
}
