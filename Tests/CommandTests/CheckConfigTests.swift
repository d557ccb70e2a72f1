import Foundation
import Testing

@Suite("check-config, by the program")
struct CheckConfigTests {
  @Test("check-config tells what is suspicious and what would mend it, exit 0; what cannot work is 78")
  func checkConfig() async throws {
    try await Site.alone { site in
      try site.configure([
        "upload_controls.max_upload_per_run": "600", "source_management.source_files": "[\"gone.json\"]",
        "crm.read_back_grace_seconds": "90",
      ])
      let words = ["check-config", "--config", Site.configuration]
      let warned = try await site.run("lead-scheduler", words)
      #expect(warned.status == 0)
      #expect(
        warned.lines.contains(
          "Warning: upload_controls.max_upload_per_run: 600: the first run may use up the day's limit of 500, and is never "
            + "larger; set upload_controls.max_upload_per_run: 500"))
      #expect(warned.output.contains("\"gone.json\" does not exist"))
      let json = try await site.run("lead-scheduler", words + ["--format", "json"])
      let document = try #require(try JSONSerialization.jsonObject(with: Data(json.output.utf8)) as? [String: Any])
      #expect(document["valid"] as? Bool == true)
      #expect((document["warnings"] as? [[String: Any]])?.count == 2)

      try site.configure(["business_rules.holiday_calendar": "\"nowhere.txt\"", "crm.batch_size": "10"])
      let wrong = try await site.run("lead-scheduler", words + ["--format", "json"])
      #expect(wrong.status == 78)
      #expect(wrong.output.contains("business_rules.holiday_calendar"))
      #expect(wrong.output.contains("\"valid\": false"))
    }
  }
}
