import ArgumentParser
import Foundation

/// Picks leads of a source file that the CRM shall know already, as closed ones: those a plan takes first.
enum ClosedFromSource {
  /// The rows for `count` records of the file (JSON array or NDJSON) with a valid npi: the best A+, the best A, the
  /// best B, the second-best A+, and so on; within a class by score, then by place in the file. So they are among the
  /// best of every class, whatever the mix. Throws `ValidationError` when the file cannot be read or holds too few.
  static func rows(path: String, count: Int) throws -> [LeadRow] {
    guard let data = FileManager.default.contents(atPath: path) else {
      throw ValidationError("--closed-from \(path): the file cannot be read.")
    }
    let records: [JSONObject]
    do {
      records = try Self.records(Array(data))
    } catch let error as JSONSyntaxError {
      throw ValidationError("--closed-from \(path): not JSON at byte \(error.position): \(error.reason).")
    }
    var known: Set<String> = []
    let candidates = records.compactMap(candidate).filter { known.insert($0.npi).inserted }
    var classes = ["A+", "A", "B"].map { band in
      candidates.filter { SampleLead.band($0.score) == band }.sorted { $0.score > $1.score }[...]
    }
    var chosen: [LeadRow] = []
    while chosen.count < count {
      var isExhausted = true
      for index in classes.indices {
        guard chosen.count < count, let next = classes[index].popFirst() else { continue }
        isExhausted = false
        chosen.append(next.row)
      }
      guard !isExhausted else {
        throw ValidationError(
          "--closed-from \(path): only \(chosen.count) records with a valid npi and a score of 60 or more.")
      }
    }
    return chosen
  }

  private static func records(_ bytes: [UInt8]) throws -> [JSONObject] {
    let values: [JSONValue]
    if bytes.first(where: { $0 > 0x20 }) == UInt8(ascii: "[") {
      guard case .array(let elements) = try JSONReader.read(bytes) else { return [] }
      values = elements
    } else {
      values = try bytes.split(separator: 0x0A).filter { $0.contains { $0 > 0x20 } }.map {
        try JSONReader.read(Array($0))
      }
    }
    return values.compactMap { value in
      if case .object(let object) = value { return object }
      return nil
    }
  }

  private struct Candidate {
    let npi: String
    let score: Int
    let row: LeadRow
  }

  private static func candidate(_ record: JSONObject) -> Candidate? {
    guard let npi = spelling(record["npi"]), NPI.isValid(npi),
      let score = spelling(record["score"]).flatMap(Double.init),
      (60..<1_000).contains(score)
    else { return nil }
    let names: [(column: String, field: String)] = [
      ("owner_name", "owner_name"), ("practice_phone", "practice_phone"), ("category", "category"), ("city", "city"),
      ("state", "state"), ("zip_code", "zip"),
    ]
    var texts: [String: String] = [:]
    for name in names { texts[name.column] = spelling(record[name.field]) }
    let whole = Int(score.rounded(.down))
    let row = LeadRow(
      npi: npi, practiceName: spelling(record["practice_name"]) ?? "Unknown Practice", texts: texts,
      integers: ["score": .int(whole)], priority: SampleLead.band(whole), source: "demo_closed")
    return Candidate(npi: npi, score: whole, row: row)
  }

  private static func spelling(_ value: JSONValue?) -> String? {
    switch value {
    case .text(let text): text
    case .integer(let integer): String(integer)
    case .number(let spelling): spelling
    default: nil
    }
  }
}
