import Foundation

/// A lead that exists nowhere, as a record of a source file. Its practice name is unique, so that its rows in the CRM can be
/// counted.
struct InventedLead: Sendable {
  var number: Int
  var score: Int
  var hasNPI = true

  var practiceName: String { "Invented Practice \(number)" }
  var ownerName: String { "Owner Nobody \(number)" }
  /// Numbers from 555-0100 on are kept free for fiction.
  var phone: String { String(format: "(%03d) 555-%04d", 201 + number / 100, 100 + number % 100) }
  var npi: String { Self.npi(100_000_000 + number) }

  /// Ten digits: nine and Luhn's check digit over `80840` and them.
  static func npi(_ nine: Int) -> String {
    let digits = Array("80840\(nine)".utf8).map { Int($0) - 48 }
    let sum = digits.reversed().enumerated().reduce(0) { sum, digit in
      let double = digit.element * 2
      return sum + (digit.offset.isMultiple(of: 2) ? (double > 9 ? double - 9 : double) : digit.element)
    }
    return "\(nine)\((10 - sum % 10) % 10)"
  }

  /// The record; `changes` replace the JSON of fields or add some, `nil` takes one away.
  func record(_ changes: [String: String?] = [:]) -> String {
    var fields: [String: String?] = [
      "id": "\(number)", "score": "\(score)", "practice_name": "\"\(practiceName)\"",
      "owner_name": "\"\(ownerName)\"", "practice_phone": "\"\(phone)\"", "city": "\"Hartford\"", "state": "\"CT\"",
      "zip": "\"6101.0\"", "specialties": "\"Podiatry\"", "providers": "1",
      "npi": hasNPI ? "\"\(npi)\"" : nil,
    ]
    fields.merge(changes) { $1 }
    let members = fields.compactMap { key, value in value.map { "\"\(key)\":\($0)" } }.sorted()
    return "{\(members.joined(separator: ","))}"
  }

  /// Leads in the shares 20 % A+, 50 % A, 30 % B, scores falling slowly, so that those without npi lie among the others.
  static func leads(_ range: Range<Int>, withoutNPIEvery step: Int? = nil) -> [InventedLead] {
    range.map { number in
      let floor = [90, 90, 75, 75, 75, 75, 75, 60, 60, 60][number % 10]
      return InventedLead(
        number: number, score: floor + 9 - number / 10 % 10,
        hasNPI: step.map { !number.isMultiple(of: $0) } ?? true)
    }
  }

  static func file(_ leads: [InventedLead]) -> String { file(records: leads.map { $0.record() }) }

  /// One record a line, so that lines can be named.
  static func file(records: [String]) -> String { "[\n" + records.joined(separator: ",\n") + "\n]\n" }
}
