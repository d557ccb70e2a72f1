/// One practice of the world, always the same for the same number: what a source says of it.
struct Person {
  let number: Int
  /// What the CRM does with it: most are fine.
  enum Nature { case fine, poison, invalid }

  let nature: Nature
  let score: Int

  init(number: Int, nature: Nature) {
    self.number = number
    self.nature = nature
    // A third in each of our classes, some below them.
    score = [97, 88, 76, 64, 91, 80, 67, 41][number % 8]
  }

  /// One in five has none.
  var npi: String? {
    guard number % 5 != 3 else { return nil }
    let base = "1" + String(repeating: "0", count: 8 - String(number).count) + String(number)
    return base + String(Self.checkDigit(of: "80840" + base))
  }

  var phone: String { "555" + String(repeating: "0", count: 7 - String(number).count) + String(number) }

  var practice: String {
    switch nature {
    case .fine: "Practice \(number)"
    case .poison: "\(SimulatedCRM.poison) \(number)"
    case .invalid: "\(SimulatedCRM.invalid) \(number)"
    }
  }

  /// As it stands in a source file, with some of the dirt of real ones.
  var record: String {
    let npi = npi.map { number % 2 == 0 ? "\"\($0)\"" : $0 } ?? "null"
    let zip = number % 7 == 0 ? "6101.0" : "10\(100 + number % 900)"
    return """
      {"id": \(number), "score": \(score), "priority": "A Priority", "practice_name": "\(practice)", \
      "owner_name": "Owner \(number)", "practice_phone": "\(phone)", "zip": "\(zip)", "state": "NY", "npi": \(npi)}
      """
  }

  /// Luhn's formula, as NPIs use it.
  private static func checkDigit(of digits: String) -> Int {
    let sum = digits.utf8.reversed().enumerated().reduce(0) { sum, item in
      let digit = Int(item.element) - 48
      let doubled = item.offset % 2 == 0 ? digit * 2 : digit
      return sum + doubled / 10 + doubled % 10
    }
    return (10 - sum % 10) % 10
  }
}
