/// The regions that leads are told apart by: the states of the United States, the District of Columbia, the territories and
/// the military addresses, each by the two letters of the Postal Service (https://pe.usps.com/text/pub28/28apb.htm).
package enum USState {
  /// The region of a text: of two letters that are a code, or of a state's name, whatever their case; nil for anything else.
  package static func code(of text: String) -> String? {
    let bytes = text.utf8.span
    if bytes.count == 2, let at = index(of: bytes[0], bytes[1]) { return isCode[at] ? codes[at] : nil }
    // No name is longer; most texts that are no code are no name either.
    guard bytes.count > 2, bytes.count <= longestName, text.utf8.allSatisfy({ $0 < 0x80 }) else { return nil }
    return codeOfName[text.uppercased()]
  }

  /// Every name in capitals with its code, in the order of the names.
  package static let names: [(name: String, code: String)] = [
    ("ALABAMA", "AL"), ("ALASKA", "AK"), ("AMERICAN SAMOA", "AS"), ("ARIZONA", "AZ"), ("ARKANSAS", "AR"),
    ("ARMED FORCES AMERICAS", "AA"), ("ARMED FORCES EUROPE", "AE"), ("ARMED FORCES PACIFIC", "AP"),
    ("CALIFORNIA", "CA"), ("COLORADO", "CO"), ("CONNECTICUT", "CT"), ("DELAWARE", "DE"),
    ("DISTRICT OF COLUMBIA", "DC"), ("FLORIDA", "FL"), ("GEORGIA", "GA"), ("GUAM", "GU"), ("HAWAII", "HI"),
    ("IDAHO", "ID"), ("ILLINOIS", "IL"), ("INDIANA", "IN"), ("IOWA", "IA"), ("KANSAS", "KS"), ("KENTUCKY", "KY"),
    ("LOUISIANA", "LA"), ("MAINE", "ME"), ("MARYLAND", "MD"), ("MASSACHUSETTS", "MA"), ("MICHIGAN", "MI"),
    ("MINNESOTA", "MN"), ("MISSISSIPPI", "MS"), ("MISSOURI", "MO"), ("MONTANA", "MT"), ("NEBRASKA", "NE"),
    ("NEVADA", "NV"), ("NEW HAMPSHIRE", "NH"), ("NEW JERSEY", "NJ"), ("NEW MEXICO", "NM"), ("NEW YORK", "NY"),
    ("NORTH CAROLINA", "NC"), ("NORTH DAKOTA", "ND"), ("NORTHERN MARIANA ISLANDS", "MP"), ("OHIO", "OH"),
    ("OKLAHOMA", "OK"), ("OREGON", "OR"), ("PENNSYLVANIA", "PA"), ("PUERTO RICO", "PR"), ("RHODE ISLAND", "RI"),
    ("SOUTH CAROLINA", "SC"), ("SOUTH DAKOTA", "SD"), ("TENNESSEE", "TN"), ("TEXAS", "TX"), ("UTAH", "UT"),
    ("VERMONT", "VT"), ("VIRGIN ISLANDS", "VI"), ("VIRGINIA", "VA"), ("WASHINGTON", "WA"), ("WEST VIRGINIA", "WV"),
    ("WISCONSIN", "WI"), ("WYOMING", "WY"),
  ]

  private static let codeOfName = Dictionary(uniqueKeysWithValues: names.map { ($0.name, $0.code) })
  private static let longestName = names.map(\.name.utf8.count).max() ?? 0

  // A lead costs one look into a table of all pairs of letters.
  private static let codes: [String] = (0..<26 * 26).map { at in
    String(decoding: [UInt8(ascii: "A") + UInt8(at / 26), UInt8(ascii: "A") + UInt8(at % 26)], as: UTF8.self)
  }
  private static let isCode: [Bool] = {
    let known = Set(names.map(\.code))
    return codes.map(known.contains)
  }()

  private static func index(of first: UInt8, _ second: UInt8) -> Int? {
    guard ASCII.isLetter(first), ASCII.isLetter(second) else { return nil }
    return Int((first | 0x20) - UInt8(ascii: "a")) * 26 + Int((second | 0x20) - UInt8(ascii: "a"))
  }
}
