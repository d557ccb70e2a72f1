import Foundation

/// Text of a header field in RFC 2047, section 2: `=?UTF-8?B?…?=`, no line longer than 78 characters with the field's
/// name before it, and no character parted between words (section 5).
enum EncodedWord {
  /// Of UTF-8 before base64, which makes 52 characters of them, beside the 12 of the frame.
  private static let bytesMax = 39

  /// The words, folded over lines of their own. Short text of printable ASCII goes as it is; as a phrase, such as a name before
  /// an address, only when it is letters, digits and spaces.
  static func text(_ text: String, isPhrase: Bool = false) -> String {
    let isASCII = text.utf8.allSatisfy { (0x20...0x7E).contains($0) } && !text.contains("=?")
    if isASCII, text.utf8.count <= 60, !isPhrase || text.allSatisfy({ $0.isLetter || $0.isNumber || $0 == " " }) {
      return text
    }
    var words: [[UInt8]] = [[]]
    for scalar in text.unicodeScalars {
      let bytes = Array(String(scalar).utf8)
      if words[words.count - 1].count + bytes.count > bytesMax { words.append([]) }
      words[words.count - 1] += bytes
    }
    return words.map { "=?UTF-8?B?\(Data($0).base64EncodedString())?=" }.joined(separator: "\r\n ")
  }
}
