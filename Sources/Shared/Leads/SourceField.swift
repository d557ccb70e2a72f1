/// A field that a source file may hold. Every other field is ignored.
package enum SourceField: Int, Sendable, CaseIterable {
  case id, score, priority, category
  case practiceName, ownerName, practicePhone, ownerPhone
  case specialties, providers
  case city, state, zip, address
  case ein, isSoleProprietor, entityType, npi
  // Names that sibling files use for the same things.
  case zipCode, companyName, contactName, phone, location

  /// The name in the file, spelt exactly so.
  package var name: String {
    switch self {
    case .id: "id"
    case .score: "score"
    case .priority: "priority"
    case .category: "category"
    case .practiceName: "practice_name"
    case .ownerName: "owner_name"
    case .practicePhone: "practice_phone"
    case .ownerPhone: "owner_phone"
    case .specialties: "specialties"
    case .providers: "providers"
    case .city: "city"
    case .state: "state"
    case .zip: "zip"
    case .address: "address"
    case .ein: "ein"
    case .isSoleProprietor: "is_sole_proprietor"
    case .entityType: "entity_type"
    case .npi: "npi"
    case .zipCode: "zip_code"
    case .companyName: "company_name"
    case .contactName: "contact_name"
    case .phone: "phone"
    case .location: "location"
    }
  }

  /// The field of a name as it stands in a file; nil for a field that is ignored.
  package init?(name: Span<UInt8>) {
    guard name.count < Self.byLength.count else { return nil }
    candidates: for candidate in Self.byLength[name.count] {
      for at in 0..<name.count where candidate.name[at] != name[at] { continue candidates }
      self = candidate.field
      return
    }
    return nil
  }

  /// The field of a name; nil for a field that is ignored.
  package init?(name: String) {
    self.init(name: name.utf8.span)
  }

  private typealias Named = (field: SourceField, name: [UInt8])

  private static let byLength: [[Named]] = {
    let named = allCases.map { Named(field: $0, name: Array($0.name.utf8)) }
    let longest = named.map(\.name.count).max() ?? 0
    return (0...longest).map { length in named.filter { $0.name.count == length } }
  }()
}
