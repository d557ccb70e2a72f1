import Foundation

/// Reading the CRM's JSON, where an unreadable text is a finding, not a mishap.
enum CRMJSON {
  /// Nil when the text is not JSON or not of that shape. Foundation's own error is dropped, since it quotes the text.
  static func decode<Value: Decodable>(_ type: Value.Type, _ body: [UInt8]) -> Value? {
    try? JSONDecoder().decode(type, from: Data(body))
  }
}
