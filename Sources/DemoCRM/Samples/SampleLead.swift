/// One invented lead, clean: what a careful source would say.
struct SampleLead: Sendable, Equatable {
  var id: Int
  var score: Int
  var category: String
  var practiceName: String
  var ownerName: String
  var practicePhone: String
  var ownerPhone: String
  var specialties: String
  var providers: Int
  var city: String
  var state: String
  var zip: String
  var address: String
  var ein: String
  var isSoleProprietor: Bool
  var entityType: String
  var npi: String

  /// Our band of the score: 90 A+, 75 A, 60 B, else C.
  var priority: String { SampleLead.band(score) }

  static func band(_ score: Int) -> String {
    switch score {
    case 90...: "A+"
    case 75...: "A"
    case 60...: "B"
    default: "C"
    }
  }
}
