import Database
import Foundation
import Timekeeping

/// JSON Web Tokens (RFC 7519) with HS256, as the CRM hands them out.
///
/// The key is no secret: whoever runs the demo CRM may know it, and a token outlives a restart of the demo CRM as it
/// outlives one of the real CRM.
enum Token {
  private static let key = Array("demo-crm, for demonstrations and tests only".utf8)
  private static let header = base64URL(Array(#"{"alg":"HS256","typ":"JWT"}"#.utf8))

  /// A token for the user that ends at `expiry`. `use` is `access` or `refresh`.
  static func make(userID: Int64, expiry: Timestamp, use: String) -> String {
    let claims: JSONObject = [
      "sub": .text(String(userID)), "exp": .integer(expiry.milliseconds / 1000), "type": .text(use),
    ]
    let signed = header + "." + base64URL(JSONWriter.bytes(of: .object(claims)))
    return signed + "." + base64URL(hmac(Array(signed.utf8)))
  }

  /// The user of an access token that is genuine and not over; nil for every other text.
  static func userID(of token: String, now: Timestamp) -> Int64? {
    let parts = token.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count == 3, base64URL(hmac(Array("\(parts[0]).\(parts[1])".utf8))) == parts[2],
      let bytes = bytes(base64URL: String(parts[1]))
    else { return nil }
    // A genuine signature stands over claims that `make` wrote.
    guard case .object(let claims)? = try? JSONReader.read(bytes), claims["type"] == .text("access"),
      case .integer(let expiry)? = claims["exp"], expiry * 1000 > now.milliseconds, let subject = claims["sub"]?.asText
    else { return nil }
    return Int64(subject)
  }

  /// HMAC-SHA-256 (RFC 2104) under the fixed key, which is shorter than a block of 64 bytes.
  private static func hmac(_ message: [UInt8]) -> [UInt8] {
    let block = key + [UInt8](repeating: 0, count: 64 - key.count)
    return SHA256.digest(of: block.map { $0 ^ 0x5C } + SHA256.digest(of: block.map { $0 ^ 0x36 } + message))
  }

  private static func base64URL(_ bytes: [UInt8]) -> String {
    Data(bytes).base64EncodedString().replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
  }

  private static func bytes(base64URL text: String) -> [UInt8]? {
    let standard = text.replacing("-", with: "+").replacing("_", with: "/")
    let padding = String(repeating: "=", count: (4 - standard.utf8.count % 4) % 4)
    return Data(base64Encoded: standard + padding).map { Array($0) }
  }
}
