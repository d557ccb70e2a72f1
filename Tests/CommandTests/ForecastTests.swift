import Foundation
import Testing

@Suite("Looking further ahead: forecast and simulate")
struct ForecastTests {
  @Test("without history they say so, and end well")
  func withoutHistory() async throws {
    try await Site.alone { site in
      try site.configure(need: 20, batchSize: 10)
      let forecast = try await site.run("lead-scheduler", ["forecast", "--config", Site.configuration])
      #expect(forecast.status == 0)
      #expect(forecast.output.contains("Not enough to predict from: 10 business days are needed"))
      let replay = try await site.run("lead-scheduler", ["simulate", "--config", Site.configuration])
      #expect(replay.status == 0)
      #expect(replay.output.contains("No recorded business day to replay yet"))
      #expect(!FileManager.default.fileExists(atPath: site.folder + "/data"))
    }
  }

  @Test("two configurations are tried on the same demand, equal seeds tell the same, and the chart is written")
  func sideBySide() async throws {
    try await Site.alone { site in
      try site.write("{ \"planning\": { \"forecast\": false } }", to: "config/off.json")
      try site.write("{ \"planning\": { \"forecast\": true } }", to: "config/on.json")
      let words = [
        "simulate", "--months", "6", "--seed", "3", "--config", "config/off.json", "--against", "config/on.json",
      ]
      let text = try await site.run("lead-scheduler", words + ["--svg", "chart.svg"])
      #expect(text.status == 0)
      #expect(text.output.contains("off.json") && text.output.contains("on.json"))
      #expect(text.output.contains("Business hours below minimum A+"))
      let chart = try String(contentsOfFile: site.folder + "/chart.svg", encoding: .utf8)
      #expect(chart.hasPrefix("<svg ") && chart.hasSuffix("</svg>\n"))

      let json = words + ["--format", "json"]
      let first = try await site.run("lead-scheduler", json)
      let document = try #require(try JSONSerialization.jsonObject(with: Data(first.output.utf8)) as? [String: Any])
      let cases = try #require(document["cases"] as? [[String: Any]])
      let hours = try cases.map { one in
        let outcome = try #require(one["outcome"] as? [String: Any])
        return try #require(outcome["hours_below_any_minimum"] as? Double)
      }
      #expect(hours.count == 2)
      #expect(hours[0] > 0 && hours[1] < hours[0])
      let second = try await site.run("lead-scheduler", json)
      #expect(second.output == first.output)
    }
  }

  @Test(
    "what makes no sense is refused",
    arguments: [["--months", "0"], ["--daily-demand", "5"], ["--months", "2", "--agents", "0"]])
  func refused(_ words: [String]) async throws {
    try await Site.alone { site in
      let ended = try await site.run("lead-scheduler", ["simulate"] + words)
      #expect(ended.status == 64)
    }
  }
}
