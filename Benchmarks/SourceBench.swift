import CQueueLoop
import Connectors
import Database
import Foundation
import LeadStore
import Leads
import QueueBench
import Timekeeping

/// Reading and cleaning a source file, beside reading its bytes and finding its line ends.
struct SourceBench {
  private static let rounds = 7
  private static let records = 50_000
  private static let importRounds = 5
  /// Records in one transaction, as in an import job.
  private static let portion = 1000
  private static let now = Timestamp(milliseconds: 1_772_463_600_000)

  let ground: BenchGround

  func run() async throws -> [Measure] {
    try await [
      measure("source_lines", "source reading, one record a line", Self.records(joined: "\n"), "lines.ndjson"),
      measure("source_array", "source reading, an array", "[\n" + Self.records(joined: ",\n") + "\n]\n", "array.json"),
      importing("\(ground.folder)/array.json"), unchanged("\(ground.folder)/array.json"),
    ]
  }

  /// Parsing, cleaning and writing into a new catalog, beside a loop in C that writes the same rows.
  private func importing(_ path: String) async throws -> Measure {
    let thread = DedicatedThread(name: "import")
    var rounds: [Measure.Round] = []
    for round in 0...Self.importRounds {
      let store = try await LeadStore.open(.file("\(ground.folder)/import-\(round).db"), now: Self.now)
      let raw = try await LeadStore.open(.file("\(ground.folder)/raw-import-\(round).db"), now: Self.now)
      for each in [store, raw] {
        try await each.write { _ = try SourceTable.findOrAdd(path: path, in: $0) }
      }
      let ours = try await thread.run { try Self.seconds(importing: path, into: store) }
      var (rows, seconds) = (Int64(0), 0.0)
      let code = lq_lead_loop(store.path, raw.path, Int32(Self.portion), &rows, &seconds)
      precondition(code == 0 && rows == Self.records, "the raw loop wrote the same rows")
      if round > 0 {
        rounds.append(.init(ours: Double(Self.records) / ours, reference: Double(Self.records) / seconds))
      }
    }
    var measure = Measure(
      "source_import", "source into the catalog, first time", .leadsPerSecond, beside: .raw, rounds: rounds)
    measure.durability = "process"
    measure.batch = Self.portion
    return measure
  }

  /// As the import job does it: records in portions, each a transaction.
  private static func seconds(importing path: String, into store: Store) throws -> Double {
    let clock = ContinuousClock()
    return try clock.measure {
      var leads: [(Lead, Int)] = []
      func write() throws {
        let portion = leads
        try store.writeBlocking { transaction in
          for (lead, line) in portion {
            try CatalogTable.put(
              lead, line: line, source: 1, generation: 1, label: "nppes_extraction", now: now, in: transaction)
          }
        }
        leads.removeAll(keepingCapacity: true)
      }
      _ = try SourceFile(path: path).read { record in
        if case .usable(let lead, _) = record.outcome { leads.append((lead, record.line)) }
        if leads.count == portion { try write() }
      }
      if !leads.isEmpty { try write() }
    }.inSeconds
  }

  /// What an unchanged file costs a cycle.
  private func unchanged(_ path: String) async throws -> Measure {
    let looks = 10_000
    let clock = ContinuousClock()
    let took = try clock.measure {
      let known = try SourceFingerprint(path: path)
      for _ in 0..<looks {
        let found = try SourceFingerprint(path: path)
        precondition(found == known, "nobody writes to the file")
      }
    }
    return Measure(
      "source_unchanged", "look at an unchanged source", .milliseconds, ours: took.inSeconds * 1000 / Double(looks))
  }

  private func measure(_ name: String, _ title: String, _ text: String, _ file: String) async throws -> Measure {
    let path = "\(ground.folder)/\(file)"
    try Data(text.utf8).write(to: URL(fileURLWithPath: path))
    let megabytes = Double(text.utf8.count) / 1e6
    let thread = DedicatedThread(name: "sources")
    var rounds: [Measure.Round] = []
    // The first is not counted: it brings the file into memory.
    for round in 0...Self.rounds {
      let (ours, raw) = try await thread.run { (try Self.seconds(reading: path), try RawReading.seconds(path: path)) }
      if round > 0 { rounds.append(.init(ours: megabytes / ours, reference: megabytes / raw)) }
    }
    return Measure(name, title, .megabytesPerSecond, beside: .raw, rounds: rounds)
  }

  private static func seconds(reading path: String) throws -> Double {
    let clock = ContinuousClock()
    var usable = 0
    let took = try clock.measure {
      _ = try SourceFile(path: path).read { record in
        if case .usable = record.outcome { usable += 1 }
      }
    }
    precondition(usable == records, "every record of the measured file can be used")
    return took.inSeconds
  }

  // MARK: Records of nobody

  private static func records(joined separator: String) -> String {
    (0..<records).map(record).joined(separator: separator)
  }

  private static func record(_ number: Int) -> String {
    let phone = String(format: "(%03d) 555-%04d", 201 + number / 100 % 700, 100 + number % 100)
    return """
      {"id":\(number),"score":\(60 + number % 40),"category":"Podiatrist","practice_name":"Invented Practice \(number)",\
      "owner_name":"Owner Nobody \(number)","practice_phone":"\(phone)","owner_phone":"\(phone)",\
      "specialties":"Podiatry; Wound Care","providers":\(1 + number % 9),"city":"Hartford","state":"CT",\
      "zip":"6101.0","address":"\(number) Example Street","ein":"00-\(1_000_000 + number)",\
      "is_sole_proprietor":"\(number % 2 == 0 ? "True" : "False")","entity_type":"Organization","npi":"\(npi(number))"}
      """
  }

  /// Ten digits: nine and Luhn's check digit over `80840` and them.
  private static func npi(_ number: Int) -> String {
    let nine = 100_000_000 + number
    let digits = Array("80840\(nine)".utf8).map { Int($0) - 48 }
    let sum = digits.reversed().enumerated().reduce(0) { sum, digit in
      let double = digit.element * 2
      return sum + (digit.offset.isMultiple(of: 2) ? (double > 9 ? double - 9 : double) : digit.element)
    }
    return "\(nine)\((10 - sum % 10) % 10)"
  }
}
