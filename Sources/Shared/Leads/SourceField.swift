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

  /// The field of a name; nil for a field that is ignored.
  package init?(name: String) {
    guard let field = FieldNames.usual.field(name.utf8.span) else { return nil }
    self = field
  }
}
