/// A source file of invented leads, clean or with the dirt measured in the real one (crm-contract.md, "Lead source
/// files").
struct SampleSource: Sendable {
  enum Format: String, Sendable, CaseIterable {
    /// One array, one record a line.
    case json
    case ndjson
  }

  var count: Int
  var seed: UInt64
  var isClean = false

  /// The file's text, ending in a line break.
  func text(format: Format) -> String {
    let lines = records().map { JSONWriter.text(of: .object($0)) }
    switch format {
    case .json: return lines.isEmpty ? "[]\n" : "[\n" + lines.joined(separator: ",\n") + "\n]\n"
    case .ndjson: return lines.map { $0 + "\n" }.joined()
    }
  }

  /// The records in their order, with the file's own field names.
  func records() -> [JSONObject] {
    let samples = SampleLeads(range: .source, seed: seed)
    let leads = samples.leads(scores: samples.scores(count: count))
    guard !isClean else { return leads.map(Self.clean) }
    var random = SeededRandom(seed: seed, stream: "dirt")
    let dirt = Dirt(count: count, &random)
    return leads.enumerated().map { index, lead in Self.dirty(lead, index, dirt) }
  }

  private static func clean(_ lead: SampleLead) -> JSONObject {
    [
      "id": .int(lead.id), "score": .int(lead.score), "priority": .text("\(lead.priority) Priority"),
      "category": .text(lead.category), "practice_name": .text(lead.practiceName), "owner_name": .text(lead.ownerName),
      "practice_phone": .text(lead.practicePhone), "owner_phone": .text(lead.ownerPhone),
      "specialties": .text(lead.specialties), "providers": .int(lead.providers), "city": .text(lead.city),
      "state": .text(lead.state), "zip": .text(lead.zip), "address": .text(lead.address), "ein": .text(lead.ein),
      "is_sole_proprietor": .text(lead.isSoleProprietor ? "True" : "False"), "entity_type": .text(lead.entityType),
      "npi": .text(lead.npi),
    ]
  }

  private static func dirty(_ lead: SampleLead, _ index: Int, _ dirt: Dirt) -> JSONObject {
    func unless(_ isDirty: Set<Int>, _ dirty: JSONValue, _ clean: JSONValue) -> JSONValue {
      isDirty.contains(index) ? dirty : clean
    }
    let fields = clean(lead).members.map { key, value -> (key: String, value: JSONValue) in
      switch key {
      case "priority": (key, unless(dirt.contradicting, .text(contradiction(of: lead)), value))
      case "practice_name": (key, unless(dirt.unavailable, .text("<UNAVAIL>"), value))
      case "owner_name": (key, unless(dirt.nanOwner, .text("nan, nan"), value))
      case "owner_phone": (key, unless(dirt.nanPhone, .text("nan"), value))
      case "address": (key, unless(dirt.noAddress, .null, value))
      case "ein": (key, unless(dirt.noEIN, .text("<UNAVAIL>"), value))
      case "entity_type": (key, unless(dirt.noEntity, .null, value))
      case "providers": (key, unless(dirt.noProviders, .null, value))
      case "zip":
        (key, unless(dirt.floatZip, .text(floatText(lead.zip)), unless(dirt.shortZip, .text(short(lead.zip)), value)))
      case "npi": (key, npi(lead, index, dirt))
      default: (key, value)
      }
    }
    return JSONObject(members: fields)
  }

  private static func npi(_ lead: SampleLead, _ index: Int, _ dirt: Dirt) -> JSONValue {
    if dirt.numberNPI.contains(index), let number = Int64(lead.npi) { return .integer(number) }
    if dirt.noNPI.contains(index) { return .null }
    return .text(lead.npi)
  }

  /// Another class than the score's.
  private static func contradiction(of lead: SampleLead) -> String {
    (lead.priority == "A+" ? "B" : "A+") + " Priority"
  }

  /// As a table program writes a zip it took for a number.
  private static func floatText(_ zip: String) -> String { short(zip) + ".0" }

  private static func short(_ zip: String) -> String { String(zip.drop { $0 == "0" }) }
}

/// Which records carry which dirt: exact shares of the count, in seeded choice.
private struct Dirt {
  let unavailable: Set<Int>
  let contradicting: Set<Int>
  let floatZip: Set<Int>
  let shortZip: Set<Int>
  let numberNPI: Set<Int>
  let noNPI: Set<Int>
  let nanOwner: Set<Int>
  let nanPhone: Set<Int>
  let noAddress: Set<Int>
  let noEIN: Set<Int>
  let noEntity: Set<Int>
  let noProviders: Set<Int>

  init(count: Int, _ random: inout SeededRandom) {
    func choose(_ percent: Int) -> Set<Int> {
      Set(random.shuffled(Array(0..<count)).prefix(count * percent / 100))
    }
    unavailable = choose(38)
    contradicting = choose(30)
    floatZip = choose(70)
    shortZip = choose(50)
    numberNPI = choose(30)
    noNPI = choose(4)
    nanOwner = choose(5)
    nanPhone = choose(12)
    noAddress = choose(8)
    noEIN = choose(38)
    noEntity = choose(6)
    noProviders = choose(5)
  }
}
