import Database

/// What one accepted object of a bulk request stores. Types are checked, values are not.
struct LeadRow: Sendable {
  /// The text columns in the order of `LeadRow.texts`, then the integers and the rest; see `binds`.
  var npi: String?
  var practiceName: String
  /// The other text columns by name; absent means null.
  var texts: [String: String]
  /// The integer columns by name, in the sender's spelling where 64 bits are too few; absent means null.
  var integers: [String: JSONValue]
  var priority: String
  var source: String
  /// JSON text, as given.
  var scoringBreakdown: String?

  static let textFields = [
    "ein", "owner_name", "practice_phone", "owner_phone", "specialties", "category", "city", "state", "zip_code",
    "address", "entity_type", "is_sole_proprietor",
  ]
  static let scoreFields = [
    "score", "medicare_allograft_score", "overlooked_opportunity_score", "rural_verified_score",
  ]

  /// The columns that an insert names, in the order of `binds(at:)`.
  static let columns =
    ["npi", "practice_name"] + textFields + ["providers"] + scoreFields
    + ["priority", "source", "scoring_breakdown", "created_at", "updated_at"]

  /// The CRM's own bands, used where no priority is sent; they differ from ours.
  static func band(_ score: Int64?) -> String {
    switch score ?? 0 {
    case 90...: "A+"
    case 80...: "A"
    case 70...: "B+"
    case 60...: "B"
    default: "C"
    }
  }

  func binds(at moment: CRMMoment) -> [SQLValue] {
    var binds: [SQLValue] = [.optional(npi), .text(practiceName)]
    binds.reserveCapacity(Self.columns.count)
    for field in Self.textFields { binds.append(.optional(texts[field])) }
    binds.append(.integer(integer("providers") ?? 1))
    for field in Self.scoreFields { binds.append(.optional(integer(field))) }
    binds += [.text(priority), .text(source), .optional(scoringBreakdown), moment.local, moment.local]
    return binds
  }

  /// An array of one object a row, by column name.
  static func json(_ rows: [LeadRow], at moment: CRMMoment) -> String {
    var writer = JSONWriter()
    writer.raw("[")
    for (index, row) in rows.enumerated() {
      writer.raw(index == 0 ? "{" : ",{")
      var separator = ""
      for (column, value) in zip(columns, row.binds(at: moment)) where value != .null {
        writer.raw(separator)
        separator = ","
        writer.raw("\"\(column)\":")
        switch value {
        case .text(let text) where column == "scoring_breakdown": writer.raw(text)
        case .text(let text): writer.write(.text(text))
        case .integer(let integer): writer.raw(String(integer))
        case .null, .real, .blob: writer.raw("null")
        }
      }
      writer.raw("}")
    }
    writer.raw("]")
    return String(decoding: writer.bytes, as: UTF8.self)
  }

  func integer(_ field: String) -> Int64? {
    if case .integer(let value) = integers[field] { return value }
    return nil
  }

  /// What makes the CRM's database refuse the row, and with it the whole request (trap 1).
  enum Poison: Sendable {
    case nulCharacter
    case integerOutOfRange
  }

  var poison: Poison? {
    let all = [npi, practiceName, priority, source] + texts.values.map { Optional($0) }
    if all.contains(where: { $0?.holdsNUL ?? false }) { return .nulCharacter }
    let isOutOfRange = integers.values.contains { value in
      switch value {
      case .integer(let integer): Int32(exactly: integer) == nil
      case .number: true
      default: false
      }
    }
    return isOutOfRange ? .integerOutOfRange : nil
  }
}
