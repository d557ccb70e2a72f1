/// One lead of a source file, cleaned: what it is, how good it is, and every value the CRM is sent.
///
/// Made by `RecordCleaner` alone, so its promises hold: no text is empty, a placeholder, or holds a control character or
/// more than 500 characters; a missing value is nil.
public struct Lead: Sendable, Equatable {
  public let key: LeadKey
  /// Nil is class C: known, counted, never uploaded.
  public let leadClass: LeadClass?
  /// Rounded down, within 32 bits.
  public let score: Int
  /// Ten digits with the right check digit.
  public let npi: String?
  /// A placeholder is already replaced by the owner's name, else by `Unknown Practice`.
  public let practiceName: String
  public let ownerName: String?
  /// Ten digits.
  public let practicePhone: String?
  /// Ten digits.
  public let ownerPhone: String?
  public let specialties: String?
  public let category: String?
  /// At least 1, within 32 bits.
  public let providers: Int
  public let address: String?
  public let city: String?
  public let state: String?
  /// Five digits.
  public let zipCode: String?
  public let ein: String?
  public let entityType: String?
  public let isSoleProprietor: String?

  /// Where the lead is, for balancing leads over regions: a code of `USState`, empty when `state` is missing or none of them.
  public var region: String { state.flatMap(USState.code) ?? "" }

  /// The lead as one JSON object of the CRM's bulk request, without the marker; equal leads give equal bytes.
  ///
  /// Every field is present: a missing text is `null`, never `""`. `priority` is always sent, since the CRM's own bands
  /// differ. `source` is the label the CRM stores; not empty.
  public func row(source: String) -> String {
    var object = JSONObjectWriter()
    object.add("practice_name", practiceName)
    object.add("owner_name", ownerName)
    object.add("npi", npi)
    object.add("practice_phone", practicePhone)
    object.add("owner_phone", ownerPhone)
    object.add("specialties", specialties)
    object.add("category", category)
    object.add("providers", providers)
    object.add("address", address)
    object.add("city", city)
    object.add("state", state)
    object.add("zip_code", zipCode)
    object.add("ein", ein)
    object.add("entity_type", entityType)
    object.add("is_sole_proprietor", isSoleProprietor)
    object.add("score", score)
    object.add("priority", leadClass?.rawValue ?? "C")
    object.add("source", source)
    return String(decoding: object.finished(), as: UTF8.self)
  }

  /// `row` with `"scoring_breakdown":{"lead_queue":marker}` as its last field, by which the row can be found again in
  /// the CRM. `row` is what `row(source:)` gave.
  public static func adding(marker: String, to row: String) -> String {
    var bytes: [UInt8] = []
    append(row: row, marker: marker, to: &bytes)
    return String(decoding: bytes, as: UTF8.self)
  }

  /// Appends `adding(marker:to:)` to `body`, for a request of many rows.
  public static func append(row: String, marker: String, to body: inout [UInt8]) {
    precondition(row.utf8.last == UInt8(ascii: "}") && row.utf8.count > 2, "a row is a JSON object with fields")
    body.append(contentsOf: row.utf8.dropLast())
    body.append(contentsOf: #","scoring_breakdown":{"lead_queue":"#.utf8)
    JSONObjectWriter.append(quoted: marker, to: &body)
    body.append(contentsOf: "}}".utf8)
  }

  /// The lead as the CRM's bulk request takes it: `adding(marker:to:)` over `row(source:)`.
  public func requestRow(marker: String, source: String) -> String {
    Self.adding(marker: marker, to: row(source: source))
  }
}
