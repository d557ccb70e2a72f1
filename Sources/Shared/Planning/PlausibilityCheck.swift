package import Leads

/// What becomes of a reading of the CRM.
package enum ReadingVerdict: Sendable, Equatable, Codable {
  /// Plans may rest on it.
  case accepted
  /// Nothing may be planned on it. `reason` is for people and holds no lead data.
  case held(reason: String)
}

/// Decides whether a reading may be believed: an implausible one must never cause an upload.
package enum PlausibilityCheck {
  /// How many readings in a row must confirm a held one before it is believed.
  package static let confirmationsNeeded = 3

  /// Judges one reading. A person's `lead-queue accept-stock` is not decided here: it makes the reading `lastAccepted`.
  ///
  /// - Parameters:
  ///   - lastAccepted: the latest reading that was believed; nil: none ever.
  ///   - heldSince: the consecutive held readings since then, oldest first.
  ///   - createdByUsSince: rows we created after `lastAccepted` was taken and before `reading` was.
  package static func judge(
    reading: Stock, lastAccepted: Stock?, heldSince: [Stock], createdByUsSince: Int
  ) -> ReadingVerdict {
    if let contradiction = contradiction(in: reading) {
      return .held(reason: contradiction)
    }
    guard let lastAccepted, lastAccepted.total > 0 else { return .accepted }
    if reading.total == 0 {
      return .held(
        reason: "the CRM shows no workable leads at all, the last accepted reading had \(lastAccepted.total)")
    }
    let closings = max(0, reading.closed - lastAccepted.closed)
    let expected = lastAccepted.total + max(0, createdByUsSince) - closings
    if 2 * reading.total >= expected || isConfirmed(reading, by: heldSince) {
      return .accepted
    }
    return .held(
      reason: "total fell to \(reading.total), less than half of the \(expected) expected "
        + "(last accepted \(lastAccepted.total), created by us \(max(0, createdByUsSince)), closed \(closings))")
  }

  /// The numbers that cannot be true together; nil when there are none. A contradiction is held however often it is
  /// read.
  private static func contradiction(in reading: Stock) -> String? {
    // The CRM's row ids are 32-bit integers, so it cannot count more; the bound also keeps the sums below from
    // overflow.
    let possible = 0...Int(Int32.max)
    var numbers = [
      ("total", reading.total), ("available", reading.available),
      ("available in other classes", reading.availableOther),
      ("closed", reading.closed), ("active agents", reading.activeAgents), ("desk load", reading.deskLoad),
    ]
    for leadClass in LeadClass.allCases {
      numbers.append(("available \(leadClass.rawValue)", reading.availablePerClass[leadClass]))
      numbers.append(("won \(leadClass.rawValue)", reading.conversion[leadClass].won))
      numbers.append(("lost \(leadClass.rawValue)", reading.conversion[leadClass].lost))
    }
    for (name, number) in numbers where !possible.contains(number) {
      return "\(name) is \(number), which no CRM can hold"
    }
    if reading.newestLeadID < 0 {
      return "the newest lead id is \(reading.newestLeadID), which no CRM can hold"
    }
    if reading.available > reading.total {
      return "available (\(reading.available)) is more than total (\(reading.total))"
    }
    let classes = reading.availablePerClass.sum + reading.availableOther
    if classes != reading.available {
      return "the classes add up to \(classes), but available is \(reading.available)"
    }
    return nil
  }

  /// Whether the readings before this one, as many as are needed, agree with it and with each other: all within 10 % or
  /// 5 leads. A zero or a contradiction is no evidence and breaks the row.
  private static func isConfirmed(_ reading: Stock, by heldSince: [Stock]) -> Bool {
    let confirming = heldSince.suffix(confirmationsNeeded)
    guard confirming.count == confirmationsNeeded,
      confirming.allSatisfy({ $0.total > 0 && contradiction(in: $0) == nil })
    else { return false }
    let totals = confirming.map(\.total) + [reading.total]
    guard let least = totals.min(), let most = totals.max() else { return false }
    return most - least <= 5 || 10 * (most - least) <= most
  }
}
