import LeadStore
import Leads
import Testing
import Timekeeping

@testable import lead_queue

@Suite("Tracking files")
struct TrackingContentTests {
  private func read(_ text: String, zone: String = "America/New_York") -> TrackingContent {
    TrackingContent(Array(text.utf8), time: ShownTime(zoneName: zone))
  }

  private func keys(_ digits: String...) -> [LeadKey] { digits.map { LeadKey(rawValue: "npi:" + $0) } }

  @Test(
    "Leads are found in every shape that can mean only one thing",
    arguments: [
      #"{"uploaded_leads": ["1234567893", "1245319599"]}"#,
      #"{"uploaded_npis": [1234567893, 1245319599]}"#,
      #"{"leads": [{"npi": 1234567893}, {"id": 4, "npi": "1245319599", "uploaded_at": "2025-01-01"}]}"#,
      #"{"tracking": {"1234567893": {"uploaded_at": "2025-01-01"}, "1245319599": true}}"#,
      #"{"tracking": {"uploaded_leads": ["1234567893", "1245319599"], "version": 2}}"#,
      #"{"uploaded_leads": {"2025-01-01": ["1234567893"], "2025-01-02": ["1245319599"]}}"#,
      #"{"uploaded_leads": {"a": {"npi": "1234567893"}, "b": {"npi": "1245319599"}}}"#,
      #"{"1234567893": "2025-01-01", "1245319599": "2025-01-02"}"#,
      #"["1234567893", "1245319599"]"#,
    ])
  func shapes(text: String) {
    let content = read(text)
    #expect(content.keys == keys("1234567893", "1245319599"))
    #expect(content.isTracking)
    #expect(content.unusable.isEmpty)
    #expect(content.damage == nil)
  }

  @Test("One lead as text, number, and number with a fraction is one lead (D11)")
  func types() {
    let content = read(
      #"{"uploaded_leads": ["1234567893", 1234567893, 1234567893.0, "1234567893.0", " npi:1234567893 "]}"#)
    #expect(content.keys == keys("1234567893"))
    #expect(content.repeated == 4)
  }

  @Test("What cannot be used is listed by position and line, with the reason and without the content")
  func unusable() {
    let content = read(
      "{\"uploaded_leads\": [\"1234567893\",\n \"lead-17\",\n \"1234567890\", {\"name\": \"x\"}, null, [1]]}")
    #expect(content.keys.count == 1)
    #expect(
      content.unusable == [
        .init(list: "uploaded_leads", position: 2, line: 2, reason: .notAnNPI),
        .init(list: "uploaded_leads", position: 3, line: 3, reason: .wrongCheckDigit),
        .init(list: "uploaded_leads", position: 4, line: 3, reason: .noNPIInside),
        .init(list: "uploaded_leads", position: 5, line: 3, reason: .wrongType),
        .init(list: "uploaded_leads", position: 6, line: 3, reason: .wrongType),
      ])
  }

  @Test("Daily counts are numbers, texts, or objects with a count; a day that does not exist is listed by its line")
  func days() {
    let content = read(
      #"{"daily_uploads": {"2025-01-01": 40, "2025-01-02": "12", "2025-01-03": {"count": 7}, "2025-02-30": 1, "x": 2}}"#
    )
    #expect(content.days == ["2025-01-01": 40, "2025-01-02": 12, "2025-01-03": 7])
    #expect(content.unusableDays == [1, 1])
  }

  @Test("The replaced script's own shape: the count belongs to the day of the last upload")
  func scriptShape() {
    let content = read(
      #"{"uploaded_npis": ["1234567893"], "daily_upload_count": 12, "last_upload_date": "2025-01-05", "#
        + #""last_upload_time": 1736098496.789}"#)
    #expect(content.keys == keys("1234567893"))
    #expect(content.days == ["2025-01-05": 12])
    #expect(content.lastUpload == Timestamp(milliseconds: 1_736_098_496_789))
    #expect(content.unusableDays.isEmpty)
    let fresh = read(
      #"{"uploaded_npis": [], "daily_upload_count": 0, "last_upload_date": null, "last_upload_time": 0}"#)
    #expect(fresh.days.isEmpty && fresh.unusableDays.isEmpty && fresh.lastUpload == nil)
    #expect(read(#"{"daily_upload_count": 5, "last_upload_date": "soon"}"#).unusableDays == [1])
  }

  @Test("A last upload without zone is read by the clock of the configured zone")
  func lastUpload() {
    // 12:34 in New York in winter is 17:34 UTC.
    let content = read(#"{"uploaded_leads": [], "last_upload": "2025-01-05T12:34:56.789012"}"#)
    #expect(content.lastUpload == Timestamp(milliseconds: 1_736_098_496_789))
    #expect(read(#"{"last_upload": 1736098496.789}"#).lastUpload == Timestamp(milliseconds: 1_736_098_496_789))
    #expect(read(#"{"last_upload": "yesterday"}"#).unusableLastUpload == 1)
    #expect(read(#"{"last_upload": null}"#).unusableLastUpload == nil)
  }

  @Test("A file cut off anywhere says where, keeps the whole entries before, and never invents one (D16)")
  func everyTruncation() {
    let text =
      "{\"uploaded_leads\": [\n  \"1234567893\",\n  1245319599,\n  {\"npi\": \"1003000126\"}\n],\n\"daily_uploads\": {\"2025-01-01\": 3}}"
    let whole = keys("1234567893", "1245319599", "1003000126")
    for length in 0..<text.utf8.count {
      let content = read(String(text.prefix(length)))
      #expect(content.damage != nil, "cut after \(length) bytes")
      #expect(content.damage?.line == text.prefix(length).count { $0 == "\n" } + 1)
      #expect(content.keys == Array(whole.prefix(content.keys.count)))
      #expect(content.unusable.isEmpty)
    }
    // After the comma the number is whole; after its last digit it may go on.
    #expect(read("{\"uploaded_leads\": [\"1234567893\", 1245319599").keys == keys("1234567893"))
    #expect(read("{\"uploaded_leads\": [\"1234567893\", 1245319599,").keys == keys("1234567893", "1245319599"))
  }

  @Test("Something else than a tracking file is not taken for one", arguments: [#"{"a": 1}"#, #"{"leads": 45}"#, "{}"])
  func somethingElse(text: String) {
    #expect(!read(text).isTracking)
  }

  @Test("A web page is damage at its first line")
  func webPage() {
    #expect(read("<html></html>").damage?.line == 1)
  }
}
