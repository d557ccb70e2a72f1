/// What moves the mix of the classes and the choice of leads: thresholds of conversion, teams, segments, geography.
public struct Steering: Sendable, Equatable, Codable {
  /// `high_conversion_threshold`, share of closed leads that were won.
  public var highConversion = 0.15
  /// `low_conversion_threshold`; at most `highConversion`.
  public var lowConversion = 0.05
  /// `business_rules.teams`, by the team's key.
  public var teams: [String: TeamStrategy] = [:]
  /// `business_rules.segments`, by name.
  public var segments: [String: Segment] = [:]
  /// `business_rules.geography`
  public var geography = Geography()

  public init() {}

  private enum CodingKeys: String, CodingKey {
    case highConversion = "high_conversion_threshold"
    case lowConversion = "low_conversion_threshold"
    case teams, segments, geography
  }
}

extension KeyedDecodingContainer {
  /// Policies recorded before there was a steering have the default one.
  func decode(_ type: Steering.Type, forKey key: Key) throws -> Steering {
    try decodeIfPresent(type, forKey: key) ?? Steering()
  }
}

/// How a team's conversion is judged.
public enum TeamState: String, Sendable, Codable, CaseIterable {
  /// Converts at least the high threshold, with probability 0.9.
  case high
  /// Converts at most the low threshold, with probability 0.9.
  case low
  /// Fewer than 30 closed leads, or agents who are new.
  case learning
  case standard
}

/// What a user wants for one team. The CRM decides which agent gets which lead, so it steers the mix only.
public struct TeamStrategy: Sendable, Equatable, Codable {
  /// Overrides what its numbers say; nil: by the numbers.
  public var state: TeamState?
  /// Overrides the mix of its state; shares that sum to 1.
  public var mix: PerClass<Double>?
  /// Multiplies its active agents when the teams' mixes are joined, ≥ 0.
  public var weight = 1.0
  /// The name of the territory it works, of `Geography.territories`.
  public var territory: String?

  public init() {}
}

/// A group of leads that is to make up a share of every upload.
public struct Segment: Sendable, Equatable, Codable {
  /// A field of a lead that a filter may ask for, by the name the CRM is sent.
  public enum Field: String, Sendable, Codable, CaseIterable {
    case category, specialties, city, state
    case zipCode = "zip_code"
    case entityType = "entity_type"
    case isSoleProprietor = "is_sole_proprietor"
  }

  /// For each field the texts of which one must fit, whatever the case of letters; `*` stands for any characters. A lead
  /// belongs to the segment when every field fits; without any field none does.
  public var filter: [Field: [String]]
  /// Of the leads of each class in an upload, 0–1.
  public var share: Double

  public init(filter: [Field: [String]], share: Double) {
    self.filter = filter
    self.share = share
  }

  /// Whether a lead belongs to it. `value` gives the lead's fields.
  public func holds(_ value: (Field) -> String?) -> Bool {
    !filter.isEmpty
      && filter.allSatisfy { field, patterns in
        guard let text = value(field)?.lowercased() else { return false }
        return patterns.contains { Segment.fits(Array(text), Array($0.lowercased())) }
      }
  }

  /// The segment of a lead: the first by name that holds it; empty when none does.
  public static func name(among segments: [String: Segment], of value: (Field) -> String?) -> String {
    segments.keys.sorted().first { segments[$0]?.holds(value) == true } ?? ""
  }

  /// Whether the text fits the pattern: each `*` is tried at the last place where it still fits, so that the time stays
  /// within the product of both lengths.
  private static func fits(_ text: [Character], _ pattern: [Character]) -> Bool {
    var (at, next) = (0, 0)
    var star: (pattern: Int, text: Int)?
    while at < text.count {
      if next < pattern.count, pattern[next] == "*" {
        star = (next, at)
        next += 1
      } else if next < pattern.count, pattern[next] == text[at] {
        at += 1
        next += 1
      } else if let (starAt, from) = star {
        star = (starAt, from + 1)
        next = starAt + 1
        at = from + 1
      } else {
        return false
      }
    }
    return pattern[next...].allSatisfy { $0 == "*" }
  }
}

extension Segment {
  /// As `[String: [String]]` in JSON: an object, not the list that other keys would make.
  private enum CodingKeys: String, CodingKey {
    case filter = "where"
    case share
  }

  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    let named = try container.decode([String: [String]].self, forKey: .filter)
    filter = Dictionary(
      named.compactMap { name, texts in Field(rawValue: name).map { ($0, texts) } }, uniquingKeysWith: { $1 })
    share = try container.decode(Double.self, forKey: .share)
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(
      Dictionary(filter.map { ($0.rawValue, $1) }, uniquingKeysWith: { $1 }), forKey: .filter)
    try container.encode(share, forKey: .share)
  }
}

extension Steering {
  /// Equal for equal rules of segments; empty without any. Every part is preceded by its length, so that no two rules read
  /// the same.
  public var segmentsFingerprint: String {
    func part(_ text: String) -> String { "\(text.utf8.count):\(text)" }
    return segments.sorted { $0.key < $1.key }.map { name, segment in
      let fields = segment.filter.sorted { $0.key.rawValue < $1.key.rawValue }.map { field, texts in
        part(field.rawValue) + part(texts.map(part).joined())
      }
      return part(name) + part(fields.joined())
    }.joined()
  }
}

extension Lead {
  /// The value of a field that segments ask for.
  public func value(_ field: Segment.Field) -> String? {
    switch field {
    case .category: category
    case .specialties: specialties
    case .city: city
    case .state: state
    case .zipCode: zipCode
    case .entityType: entityType
    case .isSoleProprietor: isSoleProprietor
    }
  }
}

/// How leads are spread over territories. Without any named, each region is one.
public struct Geography: Sendable, Equatable, Codable {
  /// `balance`
  public var isBalanced = false
  /// Name → codes of states, two capital letters; a state is in one territory at most. States in none form a territory
  /// without a name.
  public var territories: [String: [String]] = [:]
  /// Territory → least share of an upload where the sources have it, 0–1.
  public var minShare: [String: Double] = [:]
  /// Territory → largest share of an upload, 0–1.
  public var maxShare: [String: Double] = [:]
  /// How many points the mean score of a run may lose to the balance.
  public var maxScoreLoss = 5.0

  public init() {}

  private enum CodingKeys: String, CodingKey {
    case isBalanced = "balance"
    case territories
    case minShare = "min_share"
    case maxShare = "max_share"
    case maxScoreLoss = "max_score_loss"
  }

  /// The territory of a region.
  public func territory(of region: String) -> String {
    territories.isEmpty
      ? region : territories.keys.sorted().first { territories[$0]?.contains(region) == true } ?? ""
  }
}
