import Leads

extension Plan {
  /// The plan in one sentence that needs no other line.
  package var sentence: String {
    switch decision {
    case .upload: "\(Plan.leads(runSize)) \(runSize == 1 ? "is" : "are") uploaded: \(trigger); \(limit)."
    case .sufficient: "Nothing is uploaded: \(need.stockTotal) workable leads, and no class is below its minimum."
    case .blocked:
      "Nothing is uploaded now, although \(Plan.leads(need.total)) \(need.total == 1 ? "is" : "are") needed "
        + "(\(trigger)): \(hold)."
    }
  }

  /// The reasons within a sentence: `total leads (101) below minimum (120), A+ leads (3) below minimum (10)`.
  private var trigger: String {
    let text = reasons.joined(separator: ", ")
    return text.hasPrefix("Total ") ? "total " + text.dropFirst("Total ".count) : text
  }

  private var limit: String {
    let needed = "\(need.total) \(need.total == 1 ? "is" : "are") needed"
    if isRaisedToSmallestBatch { return "\(needed), raised to the smallest batch" }
    switch binding {
    case .need, nil: return "that is all that is needed"
    case .refill: return "\(needed), the sources lack the class in need, and others only fill up to the target"
    case .perRun: return "\(needed), and one run sends at most \(input.policy.maxUploadPerRun)"
    case .daily: return "\(needed), and no more are left of today's \(input.policy.maxDailyUploads)"
    case .agentsRoom: return "\(needed), and the agents' pool has no room for more"
    case .supply: return "\(needed), and the sources hold no more"
    }
  }

  /// The message without the words that every hold begins with.
  private var hold: String {
    let begin = "Upload blocked: "
    let rest = message.hasPrefix(begin) ? String(message.dropFirst(begin.count)) : message
    return rest.prefix(1).lowercased() + rest.dropFirst()
  }
}
