import Foundation

/// Payloads and results as JSON: keys in order, dates in milliseconds since 1970 as everywhere in the store.
enum JobJSON {
  /// `what` names the value in the error.
  static func encode(_ value: some Encodable, as what: @autoclosure () -> String) throws(JobQueueError) -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    encoder.dateEncodingStrategy = .millisecondsSince1970
    do {
      return String(decoding: try encoder.encode(value), as: UTF8.self)
    } catch {
      throw .unencodable(what: "\(what()): \(Misfit(error).place)")
    }
  }

  /// Hands the text and a decoder to `body`.
  static func decode<Value>(_ text: String, _ body: (Data, JSONDecoder) throws -> Value) throws(Misfit) -> Value {
    let decoder = JSONDecoder()
    decoder.dateDecodingStrategy = .millisecondsSince1970
    do {
      return try body(Data(text.utf8), decoder)
    } catch {
      throw Misfit(error)
    }
  }

  /// Where JSON and type do not fit. Names only what stands in the program's text, never what stands in the data: payloads may
  /// hold personal data, and Foundation's own messages quote it.
  struct Misfit: Error {
    /// For people, such as `no value at recipients[2].address`.
    let place: String

    init(_ error: any Error) {
      switch error {
      case DecodingError.keyNotFound(let key, let context): place = "no key at " + Self.path(context.codingPath + [key])
      case DecodingError.valueNotFound(let type, let context):
        place = "no \(type) but null at " + Self.path(context.codingPath)
      case DecodingError.typeMismatch(let type, let context): place = "no \(type) at " + Self.path(context.codingPath)
      case DecodingError.dataCorrupted(let context):
        place =
          context.codingPath.isEmpty
          ? "not valid JSON, or a number out of range" : "unusable at " + Self.path(context.codingPath)
      case EncodingError.invalidValue(_, let context): place = "unusable at " + Self.path(context.codingPath)
      default: place = "refused by an error of type \(type(of: error))"
      }
    }

    private static func path(_ keys: [any CodingKey]) -> String {
      let path = keys.reduce(into: "") { path, key in
        let step = step(key)
        path += path.isEmpty || step.hasPrefix("[") ? step : "." + step
      }
      return path.isEmpty ? "the top" : path
    }

    /// A key of the program is a case of an enum in it. The standard library's and Foundation's stand for keys of a
    /// dictionary, which are data, and for places in a list.
    private static func step(_ key: any CodingKey) -> String {
      let type = String(reflecting: type(of: key))
      if !type.hasPrefix("Foundation"), !type.hasPrefix("Swift."), Mirror(reflecting: key).displayStyle == .enum {
        return key.stringValue
      }
      guard type.hasPrefix("Foundation"), let index = key.intValue else { return "*" }
      return "[\(index)]"
    }
  }
}
