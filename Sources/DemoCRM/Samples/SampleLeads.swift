/// Invents leads that nobody can mistake for real ones: made-up names, phone numbers of the 555-01xx range kept for
/// fiction, npi beginning with 199 (a valid check digit, a range not handed out), EIN prefix 00.
///
/// Equal arguments give equal leads, on every machine.
struct SampleLeads: Sendable {
  /// Which leads these are: sequences of different ranges share no npi.
  enum Range: Int, Sendable {
    case source = 199
    case stock = 198
  }

  private struct Place {
    let city: String
    let state: String
    let zip: String
    let areaCode: String
  }

  private let range: Range
  private let seed: UInt64

  init(range: Range, seed: UInt64) {
    self.range = range
    self.seed = seed
  }

  /// `count` leads of distinct npi, below a million, with the given score each.
  func leads(scores: [Int]) -> [SampleLead] {
    var random = SeededRandom(seed: seed, stream: "leads-\(range.rawValue)")
    // 7919 is prime and divides no power of ten, so that a million steps meet a million different stems.
    let offset = random.below(1_000_000)
    return scores.enumerated().map { index, score in
      lead(id: index + 1, score: score, stem: (offset + index * 7919) % 1_000_000, &random)
    }
  }

  /// `count` scores, seven distinct values, 20 % A+, 50 % A and 30 % B, in seeded order.
  func scores(count: Int) -> [Int] {
    let shares = [(97, 10), (92, 10), (87, 20), (81, 15), (76, 15), (70, 15), (63, 15)]
    var scores: [Int] = []
    var percent = 0
    for (score, share) in shares {
      percent += share
      while scores.count < count * percent / 100 { scores.append(score) }
    }
    var random = SeededRandom(seed: seed, stream: "scores-\(range.rawValue)")
    return random.shuffled(scores)
  }

  private func lead(id: Int, score: Int, stem: Int, _ random: inout SeededRandom) -> SampleLead {
    let place = random.pick(Self.places)
    let surname = random.pick(Self.surnames)
    let field = random.pick(Self.fields)
    let isSole = random.below(3) == 0
    let line = random.below(100)
    return SampleLead(
      id: id, score: score, category: field.category,
      practiceName: "\(random.pick(Self.adjectives)) \(field.practice) of \(place.city) \(stem % 1000)",
      ownerName: "\(random.pick(Self.firstNames)) \(surname)",
      practicePhone: "(\(place.areaCode)) 555-01\(Self.twoDigits(line))",
      ownerPhone: "(\(place.areaCode)) 555-01\(Self.twoDigits((line + 37) % 100))",
      specialties: field.specialties, providers: isSole ? 1 : 1 + random.below(9), city: place.city,
      state: place.state, zip: place.zip, address: "\(100 + random.below(9_900)) \(random.pick(Self.streets))",
      ein: "00-\(1_000_000 + stem)", isSoleProprietor: isSole,
      entityType: isSole ? "Individual" : "Organization", npi: NPI.make(stem: range.rawValue * 1_000_000 + stem))
  }

  private static func twoDigits(_ number: Int) -> String {
    number < 10 ? "0\(number)" : String(number)
  }

  private static let places: [Place] = [
    ("Hartford", "CT", "06101", "860"), ("Boston", "MA", "02108", "617"), ("Newark", "NJ", "07102", "973"),
    ("Portland", "ME", "04101", "207"), ("Providence", "RI", "02903", "401"), ("Burlington", "VT", "05401", "802"),
    ("Albany", "NY", "12207", "518"), ("Columbus", "OH", "43215", "614"), ("Austin", "TX", "78701", "512"),
    ("Houston", "TX", "77002", "713"), ("Phoenix", "AZ", "85004", "602"), ("Denver", "CO", "80202", "303"),
    ("Seattle", "WA", "98101", "206"), ("Fresno", "CA", "93721", "559"), ("Miami", "FL", "33130", "305"),
    ("Atlanta", "GA", "30303", "404"), ("Chicago", "IL", "60602", "312"), ("Raleigh", "NC", "27601", "919"),
    ("Omaha", "NE", "68102", "402"), ("Tulsa", "OK", "74103", "918"),
  ].map { Place(city: $0.0, state: $0.1, zip: $0.2, areaCode: $0.3) }

  private static let fields = [
    (category: "Podiatrist", practice: "Foot Clinic", specialties: "Podiatry; Wound Care"),
    (category: "Wound Care", practice: "Wound Center", specialties: "Wound Care"),
    (category: "Dermatology", practice: "Skin Practice", specialties: "Dermatology; Mohs Surgery"),
    (category: "Orthopedics", practice: "Joint Institute", specialties: "Orthopedic Surgery; Sports Medicine"),
    (category: "Primary Care", practice: "Family Practice", specialties: "Family Medicine"),
  ]

  private static let adjectives = ["Sample", "Example", "Placeholder", "Fictional", "Imaginary", "Invented"]
  private static let firstNames = ["Ada", "Benno", "Clea", "Dorian", "Edda", "Falk", "Gwen", "Hugo", "Ines", "Jorin"]
  private static let surnames = [
    "Testwell", "Mockridge", "Samplewood", "Demofield", "Fauxley", "Stubbins", "Nullman", "Fixtureby", "Inventa",
    "Madeupson",
  ]
  private static let streets = [
    "Example Street", "Sample Avenue", "Test Lane", "Mockingbird Court", "Placeholder Road",
  ]
}
