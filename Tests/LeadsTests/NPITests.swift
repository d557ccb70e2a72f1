import Leads
import TestSupport
import Testing

@Suite("NPI")
struct NPITests {
  // 1234567893 is the worked example of the check digit's specification.
  @Test("Ten digits with the right check digit are an NPI", arguments: ["1234567893", "1245319599", "1003000126"])
  func valid(_ digits: String) {
    #expect(NPI(digits)?.digits == digits)
  }

  @Test(
    "Anything else is not",
    arguments: [
      "1234567890", "1234567892", "0000000000", "1111111111", "123456789", "12345678930", "123456789a", "",
      "１234567893",
      "1234567893 ", "+234567893",
    ])
  func invalid(_ text: String) {
    #expect(NPI(text) == nil)
  }

  @Test("Of ten numbers that differ in the last digit, exactly one is valid")
  func oneCheckDigit() {
    var random = SeededGenerator(seed: 1)
    for _ in 0..<200 {
      let nine = (0..<9).map { _ in String(Int.random(in: 0...9, using: &random)) }.joined()
      #expect((0...9).filter { NPI(nine + String($0)) != nil }.count == 1)
    }
  }

  @Test("Any one wrong digit is noticed")
  func wrongDigit() {
    let digits = Array("1234567893")
    for place in digits.indices {
      for other in "0123456789" where other != digits[place] {
        var wrong = digits
        wrong[place] = other
        #expect(NPI(String(wrong)) == nil)
      }
    }
  }
}
