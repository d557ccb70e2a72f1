import Leads
import Timekeeping

/// Why a plan holds an upload back, and when it will be looked at again, in the words people search for.
extension Plan {
  func message(of block: Block) -> String {
    switch block {
    case .dailyLimit:
      "Daily upload limit reached" + whenReset
    case .uploadUnderWay(let batches):
      "Upload blocked: an earlier upload is under way (\(batches) unfinished \(batches == 1 ? "batch" : "batches"))"
        + (input.closure?.nextOpeningWords.map { "; it goes on \($0)" } ?? whenNextChecked)
    case .cooldown(let minutes):
      "Upload blocked: Must wait \(minutes) minutes"
    case .outsideBusinessHours:
      "Upload blocked: \((input.closure ?? Closure(cause: .outsideHours)).sentence)"
    case .noActiveAgents:
      "Upload blocked: no active agents in the CRM" + whenNextChecked
    case .agentsFull:
      "Upload blocked: the agents' pool is full (\(input.policy.maxPoolLeadsPerAgent) leads for each of "
        + "\(input.stock.activeAgents) active agents)" + whenNextChecked
    case .noSupply(let problem):
      "No new leads available for upload" + (problem.map { ": \($0)" } ?? "")
        + (nextCheck.map { "; sources are read again \($0)" } ?? "")
    case .smallestBatch(let allowed, let cap, let smallest):
      "Upload blocked: \(tooLittle(allowed, cap: cap)), smallest batch is \(smallest)"
        + (cap == .daily ? whenReset : whenNextChecked)
    }
  }

  private func tooLittle(_ allowed: Int, cap: Cap.Name) -> String {
    switch cap {
    case .daily: "only \(allowed) of \(input.policy.maxDailyUploads) left today"
    case .agentsRoom: "agents have room for only \(Plan.leads(allowed))"
    case .supply: "only \(allowed) new \(allowed == 1 ? "lead" : "leads") available"
    case .perRun: "only \(Plan.leads(allowed)) per run allowed"
    case .need, .refill: "only \(Plan.leads(allowed)) needed"
    }
  }

  private var whenReset: String {
    guard let wait = input.usage.untilResetMilliseconds else { return "" }
    return "; resets at midnight (in \(Plan.span(wait)))"
      + (input.closure?.nextOpeningWords.map { ", next opening \($0)" } ?? "")
  }

  private var whenNextChecked: String {
    nextCheck.map { "; next check \($0)" } ?? ""
  }

  /// When sources and stock are read again: `in 30 min`, or, where no cycle is due by itself, at the next run.
  var nextReading: String { nextCheck ?? "at the next run" }

  private var nextCheck: String? {
    if let wait = input.untilNextCheckMilliseconds { return "in \(Plan.span(wait))" }
    return input.scheduledIntervalMilliseconds.map { "at the next run (every \(Plan.span($0)) in continuous mode)" }
  }

  /// A time to wait, rounded up: `45 s`, `25 min`, `3 h`, `2 days`.
  static func span(_ milliseconds: Int64) -> String {
    func whole(_ unit: Int64) -> Int64 { (max(0, milliseconds) + unit - 1) / unit }
    if whole(1000) < 60 { return "\(whole(1000)) s" }
    if whole(60_000) < 60 { return "\(whole(60_000)) min" }
    if whole(3_600_000) < 48 { return "\(whole(3_600_000)) h" }
    return "\(whole(86_400_000)) days"
  }
}
