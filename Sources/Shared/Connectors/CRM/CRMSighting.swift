package import Leads

/// One lead of the CRM, as far as it tells whose it is.
package struct CRMSighting: Sendable, Equatable {
  package var id: Int64
  package var npi: String?
  /// `scoring_breakdown.lead_queue`.
  package var marker: String?
  /// What the row's own fields identify, of rows without npi where markers cannot be seen.
  package var key: LeadKey?

  package init(id: Int64, npi: String? = nil, marker: String? = nil, key: LeadKey? = nil) {
    self.id = id
    self.npi = npi
    self.marker = marker
    self.key = key
  }
}
