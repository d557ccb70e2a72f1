import Testing

@testable import Leads

@Suite("Numbers as written")
struct WrittenNumberTests {
  @Test(
    "Numbers are rounded down exactly, without a binary fraction in between",
    arguments: [
      ("90", 90, true), ("90.0", 90, true), ("90.5", 90, false), ("89.99999999999999999999", 89, false),
      ("-0.5", -1, false), ("-3", -3, true), ("9.05e1", 90, false), ("905E-1", 90, false), ("9e1", 90, true),
      ("0", 0, true), ("-0", 0, true), ("0.000e999999999", 0, true), ("1e-999999999", 0, false), (" 7 ", 7, true),
      ("+7", 7, true), (".5", 0, false), ("007", 7, true), ("1099511627776", 1_099_511_627_776, true),
      ("0.00000000000000000000123e22", 12, false),
    ] as [(String, Int64, Bool)])
  func floor(_ text: String, _ value: Int64, _ isExact: Bool) {
    #expect(WrittenNumber(text) == .integer(value, isExact: isExact))
  }

  @Test(
    "What needs more than eighteen digits is out of range", arguments: ["1e18", "-1e300", "1e999999999999999999999"])
  func outOfRange(_ text: String) {
    #expect(WrittenNumber(text) == .outOfRange)
  }

  @Test(
    "Everything else is no number",
    arguments: ["", " ", ".", "-", "e5", "1e", "1e+", "1,000", "0x10", "ninety", "90%", "1.2.3", "--1", "1e5.5"])
  func notANumber(_ text: String) {
    #expect(WrittenNumber(text) == .notANumber)
  }

  @Test(
    "A telephone number is its ten digits, in any spelling",
    arguments: [
      ("(203) 555-0147", "2035550147"), ("203.555.0147", "2035550147"), ("+1 203 555 0147", "2035550147"),
      ("12035550147", "2035550147"), ("2035550147.0", "2035550147"), ("203-555-0147 ext. 12", "2035550147"),
      ("Tel: 203-555-0147", "2035550147"), ("203-555-0147 / 203-555-0199", "2035550147"),
      ("2.035550147e9", "2035550147"),
    ])
  func phone(_ text: String, _ digits: String) {
    #expect(PhoneNumber.tenDigits(text) == digits)
  }

  @Test(
    "What has no ten digits, or ten equal ones, is no telephone number",
    arguments: ["", "555-0147", "0000000000", "9999999999", "1-800-FLOWERS", "22035550147", "nan", "203555014"])
  func noPhone(_ text: String) {
    #expect(PhoneNumber.tenDigits(text) == nil)
  }

  @Test(
    "A ZIP code is five digits, with its lost zeros",
    arguments: [
      ("12345", "12345"), ("12345.0", "12345"), ("6101.0", "06101"), ("6101", "06101"), ("501", "00501"),
      ("06101-1234", "06101"), ("6101-1234", "06101"), ("061011234", "06101"), ("61011234.0", "06101"),
      ("06101 1234", "06101"),
    ])
  func zip(_ text: String, _ five: String) {
    #expect(ZIPCode.fiveDigits(text) == five)
  }

  @Test(
    "Anything else is no ZIP code",
    arguments: ["", "12", "123456", "K1A 0B6", "00000", "0", "06101-12", "-6101", "6101.5"])
  func noZip(_ text: String) {
    #expect(ZIPCode.fiveDigits(text) == nil)
  }
}
