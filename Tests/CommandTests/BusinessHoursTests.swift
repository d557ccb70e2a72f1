import Foundation
import Testing

@Suite("Business hours, by the programs")
struct BusinessHoursTests {
  private static let complete = "Automated upload complete: 20 leads uploaded, 0 duplicates, 0 errors"

  private func prepare(_ site: Site, _ keys: [String: String] = [:]) throws {
    try site.configure(
      need: 20, batchSize: 10, ["business_rules.respect_business_hours": "true"].merging(keys) { $1 })
    try site.write(InventedLead.file(InventedLead.leads(0..<30)), to: "config/leads.json")
  }

  @Test("Outside the hours a cycle is held, exit 0, and names the next opening; at the opening it uploads")
  func hours() async throws {
    try await Site.with(.api) { site, crm in
      try prepare(site)
      // New York is five hours behind UTC: Friday 17:00, Sunday noon, Monday 09:00.
      for moment in ["2026-12-04T22:00:00Z", "2026-12-06T17:00:00Z"] {
        let held = try await site.once(environment: ["LEAD_NOW": moment])
        #expect(held.status == 0)
        #expect(held.last == "Upload blocked: outside business hours, next opening Monday 09:00 EST")
      }
      #expect(try await crm.statistics().bulk_requests == 0)
      #expect(try await site.once(environment: ["LEAD_NOW": "2026-12-07T14:00:01Z"]).last == Self.complete)
      try site.requireBooksMatchCRM()
    }
  }

  @Test(
    "Holidays hold a cycle: a date, a calendar by name, a list in a file",
    arguments: [
      ("business_rules.holidays", "[\"2026-12-25\"]", "holiday"),
      ("business_rules.holiday_calendar", "\"us_federal\"", "holiday (Christmas Day)"),
      ("business_rules.holiday_calendar", "\"config/closed.txt\"", "holiday (Christmas)"),
    ])
  func holidays(key: String, value: String, words: String) async throws {
    try await Site.with(.api) { site, crm in
      try site.write("2026-12-25 Christmas\n", to: "config/closed.txt")
      try prepare(site, [key: value])
      // Friday noon in New York.
      let held = try await site.once(environment: ["LEAD_NOW": "2026-12-25T17:00:00Z"])
      #expect(held.status == 0)
      #expect(held.last == "Upload blocked: \(words), next opening Monday 09:00 EST")
      #expect(try await crm.statistics().bulk_requests == 0)
    }
  }

  @Test("Each part of the hours counts: start, end, days and zone")
  func everyKey() async throws {
    try await Site.with(.api) { site, crm in
      try prepare(
        site,
        [
          "business_rules.business_hours.start": "\"10:00\"", "business_rules.business_hours.end": "\"11:00\"",
          "business_rules.business_hours.days": "[\"saturday\"]",
          "business_rules.business_hours.timezone": "\"Asia/Kolkata\"",
        ])
      // 11:00 in Kolkata, five and a half hours ahead of UTC.
      let closed = try await site.once(environment: ["LEAD_NOW": "2026-12-05T05:30:00Z"])
      #expect(
        closed.last == "Upload blocked: outside business hours, next opening Saturday, December 12, 10:00 GMT+5:30")
      #expect(try await site.once(environment: ["LEAD_NOW": "2026-12-05T04:30:01Z"]).last == Self.complete)
    }
  }
}
