package import Leads

/// What is told apart within a class when leads are chosen: where they are, and whose they are.
package struct SupplyCell: Sendable, Hashable {
  package var leadClass: LeadClass
  /// A code of `USState`, empty when the state of a lead is not known.
  package var region: String
  /// A client segment, empty for none.
  package var segment: String

  package init(leadClass: LeadClass, region: String, segment: String = "") {
    self.leadClass = leadClass
    self.region = region
    self.segment = segment
  }
}
