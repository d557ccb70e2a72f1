import Foundation
import Testing

/// The log of a day is what people hand on when they ask for help.
@Suite("A log of 24 simulated hours, in which the CRM fails in many ways")
struct DayLogTests {
  private static let leadCount = 10_000
  private static let hours = 24
  /// Stands in every text of every lead, and nowhere else.
  private static let mark = "Plantagenet"

  private struct Plants {
    /// Ten digits each.
    var numbers: Set<String> = []

    /// What of the leads, the login or the secrets stands in a text.
    func found(in text: String) -> [String] {
      var found: [String] = []
      for secret in [DayLogTests.mark, "-555-", "admin123", "Bearer", "eyJ", "s3cr3t"] where text.contains(secret) {
        found.append(secret)
      }
      for digits in text.utf8.split(whereSeparator: { !(0x30...0x39).contains($0) }) where digits.count == 10 {
        let number = String(decoding: digits, as: UTF8.self)
        if numbers.contains(number) { found.append(number) }
      }
      return found
    }
  }

  private func record(_ number: Int, _ plants: inout Plants) -> String {
    var lead = InventedLead(number: number, score: 60 + number % 40)
    lead.hasNPI = !number.isMultiple(of: 5)
    let phone = "2\(String(format: "%02d", number % 100))-555-\(String(format: "%04d", number % 10_000))"
    let plain = "3\(String(format: "%09d", number * 7919 % 1_000_000_000))"
    plants.numbers.formUnion([lead.npi, plain])
    return lead.record([
      "practice_name": "\"\(Self.mark) Practice \(number)\"", "owner_name": "\"Owner \(Self.mark) \(number)\"",
      "practice_phone": "\"\(phone)\"", "owner_phone": "\"\(plain)\"", "address": "\"\(number) \(Self.mark) Street\"",
      "city": "\"\(Self.mark)ville\"", "specialties": "\"\(Self.mark)ology\"", "category": "\"\(Self.mark)\"",
      "entity_type": "\"\(Self.mark)\"", "ein": "\"\(Self.mark)-\(number)\"",
    ])
  }

  @Test("holds no name, number, address, token or password of 10,000 leads, nor do reasons, events and audit trail")
  func day() async throws {
    let faults = ["drop@3,29", "late500@6", "half@9", "html@12", "s500@15", "s429@18", "s401@21", "dup@24", "close@27"]
    let arguments =
      faults.flatMap { ["--fault", $0] } + ["--leads", "0", "--requests-per-minute", "0", "--retry-after", "1"]
    try await Site.with(.api, crm: arguments) { site, crm in
      var plants = Plants()
      var records = (0..<Self.leadCount).map { record($0, &plants) }
      records.append("{\"score\":\"\(Self.mark)\",\"owner_name\":\"\(Self.mark)\"}")
      try site.write(InventedLead.file(records: records), to: "config/leads.json")
      let share = Self.leadCount / Self.hours + 60
      try site.configure(
        need: 1_000_000, batchSize: 200,
        [
          "upload_controls.max_upload_per_run": "\(share)", "upload_controls.max_daily_uploads": "20000",
          "monitoring.log_level": "\"trace\"", "crm.requests_per_minute": "100",
          "crm.read_back_grace_seconds": "0",
        ])
      for hour in 0..<Self.hours {
        let clock = String(format: "2026-03-02T%02d:10:00-05:00", hour)
        // Text for people by day, JSON for machines by night.
        let format = (6..<18).contains(hour) ? "text" : "json"
        _ = try await site.once(environment: ["LEAD_NOW": clock, "LEAD_LOG_FORMAT": format])
      }
      let processed = try site.number("SELECT count(*) FROM lead WHERE state <> 'available'")
      #expect(processed >= Self.leadCount)
      try requireNothing(site, plants)
      try requireForm(site)
      // The search would find them: they stand in the source, and in what the CRM was sent.
      let source = try String(contentsOfFile: site.folder + "/config/leads.json", encoding: .utf8)
      #expect(plants.found(in: source).count > Self.leadCount)
      #expect(try crm.uploadedNames().contains { $0.contains(Self.mark) })
    }
  }

  private func requireNothing(_ site: Site, _ plants: Plants) throws {
    #expect(site.log.split(separator: "\n").count > 200)
    #expect(plants.found(in: site.everythingSaid) == [])
    for column in [
      "job.reason", "job.payload", "job.result", "job_event.reason", "batch_lead.reason", "lead.reason",
      "ledger.detail",
      "audit.detail", "audit.subject", "audit.actor", "cycle.message", "plan.document", "stock_snapshot.reason",
      "source.problem", "rejected_record.reason",
    ] {
      let parts = column.split(separator: ".")
      let texts = try site.texts("SELECT COALESCE(\(parts[1]), '') FROM \(parts[0])")
      #expect(plants.found(in: texts.joined(separator: "\n")) == [], "\(column)")
    }
  }

  /// Each line is a whole record, with names that stay the same; each line of a cycle names it.
  private func requireForm(_ site: Site) throws {
    var cycles: Set<String> = []
    for line in site.log.split(separator: "\n") {
      guard line.first == "{" else {
        #expect(line.firstMatch(of: #/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}-05:00 [A-Z]+ /#) != nil, "\(line)")
        if line.contains("Current metrics") { #expect(line.contains(" cycle=")) }
        continue
      }
      let object = try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any], "\(line)")
      for name in ["time", "level", "message", "logger", "program"] { #expect(object[name] is String, "\(line)") }
      if let message = object["message"] as? String, message.hasPrefix("Current metrics") {
        cycles.insert(try #require(object["cycle"] as? String))
      }
    }
    #expect(cycles.count == 12)
  }
}
