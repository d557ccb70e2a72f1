/// The text by which one lead of one batch of one store can be found again in the CRM: `scoring_breakdown.lead_queue`
/// of its row.
package struct UploadMarker: Sendable, Hashable {
  /// The store's own random name.
  package var storeID: String
  package var batchID: Int64
  package var position: Int

  package init(storeID: String, batchID: Int64, position: Int) {
    self.storeID = storeID
    self.batchID = batchID
    self.position = position
  }

  /// As it is sent. The format never changes: rows with it stay in the CRM.
  package var text: String { "\(storeID):\(batchID):\(position)" }
}
