/// When a number of leads is used up, if nothing is added: the slot that is as likely early as late, and the band that holds
/// it with 80 %. Slots count from 0, the one at work; nil: beyond the slots looked at.
package struct RunOut: Sendable, Equatable {
  /// Used up by the end of this slot with a probability of 0.1.
  package var earliest: Int?
  /// 0.5.
  package var median: Int?
  /// 0.9.
  package var latest: Int?

  package init(stock: Int, outlook: DemandOutlook) {
    earliest = outlook.firstSlot(using: stock, probability: 0.1)
    median = outlook.firstSlot(using: stock, probability: 0.5)
    latest = outlook.firstSlot(using: stock, probability: 0.9)
  }
}
