import CCrypto

/// What makes two records the same lead, across files and types: `npi:` + 10 digits, or `hash:` + SHA-256 in hexadecimal.
public struct LeadKey: Sendable, Hashable, Codable, RawRepresentable {
  public let rawValue: String

  public init(rawValue: String) {
    self.rawValue = rawValue
  }

  public init(npi: NPI) {
    rawValue = "npi:" + npi.digits
  }

  /// The key of a lead without npi, from the values as they are sent to the CRM (`owner_name`, `practice_name`,
  /// `practice_phone`, `zip_code`), and therefore equally from the CRM's own row read back.
  ///
  /// Names are compared by their letters and digits alone, without case; placeholders, `Unknown Practice` among them,
  /// count as missing. Nil unless there is a 10-digit phone, or a name and a ZIP code: anything less could be another
  /// lead.
  public static func identifying(owner: String?, practice: String?, phone: String?, zip: String?) -> LeadKey? {
    let ownerName = comparable(owner)
    let practiceName = comparable(practice)
    let phoneDigits = phone.flatMap(PhoneNumber.tenDigits)
    let zipDigits = zip.flatMap(ZIPCode.fiveDigits)
    let isNamed = !ownerName.isEmpty || !practiceName.isEmpty
    guard phoneDigits != nil || (isNamed && zipDigits != nil) else { return nil }

    // The unit separator occurs in none of the four, so no two different quadruples give one text.
    var text = ownerName
    text.append(0x1F)
    text.append(contentsOf: practiceName)
    text.append(0x1F)
    text.append(contentsOf: (phoneDigits ?? "").utf8)
    text.append(0x1F)
    text.append(contentsOf: (zipDigits ?? "").utf8)
    return LeadKey(rawValue: "hash:" + hexadecimalSHA256(text))
  }

  /// The letters and digits of a name in lower case, words separated by one space; empty for a placeholder.
  private static func comparable(_ name: String?) -> [UInt8] {
    guard let name, let clean = CleanText.clean(name) else { return [] }
    var letters: [UInt8] = []
    letters.reserveCapacity(clean.text.utf8.count)
    var isSpaceDue = false
    for scalar in clean.text.unicodeScalars {
      let isPart =
        scalar.isASCII
        ? ASCII.isLetter(UInt8(scalar.value)) || ASCII.isDigit(UInt8(scalar.value))
        : scalar.properties.isAlphabetic || scalar.properties.numericType != nil
      if isPart {
        if isSpaceDue, !letters.isEmpty { letters.append(ASCII.space) }
        isSpaceDue = false
        if scalar.isASCII {
          letters.append(ASCII.lowercased(UInt8(scalar.value)))
        } else {
          letters.append(contentsOf: scalar.properties.lowercaseMapping.utf8)
        }
      } else if !isInsideWord(scalar) {
        isSpaceDue = true
      }
    }
    return letters
  }

  /// Apostrophes and combining marks do not part a word: O'Brien is OBrien.
  private static func isInsideWord(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x27, 0x60, 0xB4, 0x2018, 0x2019, 0x300...0x36F: true
    default: false
    }
  }

  private static func hexadecimalSHA256(_ bytes: [UInt8]) -> String {
    var digest = [UInt8](repeating: 0, count: Int(SHA256_DIGEST_LENGTH))
    precondition(lq_sha256(bytes, bytes.count, &digest) == 1, "libcrypto has no SHA-256: its installation is broken")
    var text: [UInt8] = []
    text.reserveCapacity(digest.count * 2)
    for byte in digest {
      text.append(Self.hexadecimalDigits[Int(byte >> 4)])
      text.append(Self.hexadecimalDigits[Int(byte & 15)])
    }
    return String(decoding: text, as: UTF8.self)
  }

  private static let hexadecimalDigits = Array("0123456789abcdef".utf8)
}
