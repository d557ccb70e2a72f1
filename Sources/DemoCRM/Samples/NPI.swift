/// National Provider Identifiers: 10 digits whose last is the Luhn check digit over `80840` and the first nine (CMS,
/// "Requirements for National Provider Identifier (NPI) and NPI Check Digit").
enum NPI {
  /// The npi whose first nine digits are those of `stem`, in 100,000,000…999,999,999.
  static func make(stem: Int) -> String {
    precondition((100_000_000...999_999_999).contains(stem), "a stem has nine digits")
    return String(stem) + String((10 - luhnSum("80840" + String(stem) + "0") % 10) % 10)
  }

  static func isValid(_ npi: String) -> Bool {
    npi.utf8.count == 10 && npi.utf8.allSatisfy { (48...57).contains($0) } && luhnSum("80840" + npi) % 10 == 0
  }

  private static func luhnSum(_ digits: String) -> Int {
    digits.utf8.reversed().enumerated().reduce(0) { sum, next in
      let digit = Int(next.element) - 48
      guard next.offset % 2 == 1 else { return sum + digit }
      return sum + (digit < 5 ? digit * 2 : digit * 2 - 9)
    }
  }
}
