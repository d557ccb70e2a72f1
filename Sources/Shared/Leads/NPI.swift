/// A National Provider Identifier that can be real: ten digits whose check digit is right.
///
/// The check is Luhn's over `80840` and the digits, where 80840 stands for "health, United States".
/// Source: https://www.cms.gov/Regulations-and-Guidance/Administrative-Simplification/NationalProvIdentStand/Downloads/NPIcheckdigit.pdf
public struct NPI: Sendable, Hashable {
  /// Exactly ten ASCII digits.
  public let digits: String

  /// Nil unless `digits` is exactly ten ASCII digits with the right check digit.
  public init?(_ digits: String) {
    let bytes = digits.utf8.span
    guard bytes.count == 10 else { return nil }
    var sum = Self.prefixSum
    for index in 0..<10 {
      guard let digit = ASCII.digit(bytes[index]) else { return nil }
      // Fifteen digits in all, the check digit last and not doubled: of the ten, every second one from the first on is.
      sum += index.isMultiple(of: 2) ? Self.doubled(digit) : digit
    }
    guard sum.isMultiple(of: 10) else { return nil }
    self.digits = digits
  }

  /// What `80840` adds: 8, 8 and 0 count plainly, 0 and 4 doubled; with ten digits behind them that is 8 + 0 + 8 + 8 + 0.
  private static let prefixSum = 24

  private static func doubled(_ digit: Int) -> Int {
    let double = digit * 2
    return double > 9 ? double - 9 : double
  }
}
