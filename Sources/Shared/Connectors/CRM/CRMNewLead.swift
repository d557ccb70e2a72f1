package import Leads

/// A lead of the CRM, as far as it tells whether it is one of ours.
package struct CRMNewLead: Sendable, Equatable {
  package var id: Int64
  /// By npi where it has a valid one, else by its contact data; nil when nothing identifies it.
  package var key: LeadKey?
  /// Our marker; nil: none, or the CRM does not show it.
  package var marker: String?
  /// Whether a lead without a marker is certainly not ours.
  package var showsMarker: Bool
  /// How long ago it was created; nil: the CRM does not tell.
  package var age: Duration?

  package init(id: Int64, key: LeadKey?, marker: String?, showsMarker: Bool, age: Duration?) {
    self.id = id
    self.key = key
    self.marker = marker
    self.showsMarker = showsMarker
    self.age = age
  }
}

extension CRMClient {
  /// The leads with ids above `after`, ascending, at most `limit`: ask again after the last one, until none comes. By SQL
  /// where there is a database, else by the API, which gives all of them at once.
  ///
  /// Throws every `CRMError`.
  package func newLeads(after: Int64, limit: Int) async throws(CRMError) -> [CRMNewLead] {
    if let database { return try await database.newLeads(after: after, limit: limit) }
    return try await Self.asking { try await APIReadBack(session: session).newLeads(after: after) }
  }
}

extension CRMNewLead {
  init(_ candidate: ReadBackMatch.Candidate, showsMarker: Bool, age: Duration? = nil) {
    let npi = candidate.npi.flatMap { NPI($0) }
    self.init(
      id: candidate.id, key: npi.map { LeadKey(npi: $0) } ?? candidate.key, marker: candidate.marker,
      showsMarker: showsMarker, age: age)
  }
}

extension APIReadBack {
  /// All leads with ids above `after`, ascending.
  func newLeads(after: Int64) async throws -> [CRMNewLead] {
    try await candidates(after: after, atLeast: 1000).filter { $0.id > after }.sorted { $0.id < $1.id }
      .map { CRMNewLead($0, showsMarker: false) }
  }
}
