import Leads

/// Which rows of the CRM are ours, which are others', for each row that was sent.
struct ReadBackMatch {
  /// A row of the CRM.
  struct Candidate: Sendable {
    var id: Int64
    var npi: String?
    /// `scoring_breakdown.lead_queue`.
    var marker: String?
    /// What the row's own fields identify, for rows without npi; nil where that was not looked at.
    var key: LeadKey?
  }

  let rows: [ReadBackRow]
  /// The highest id before the first request.
  let after: Int64
  /// Whether a candidate without our marker is certainly not ours. Where the CRM does not show markers, a row above
  /// `after` with our npi, or without npi and with our contact data, counts as ours.
  let knowsMarkers: Bool

  /// One finding a row, ids ascending.
  func findings(among candidates: [Candidate]) -> [ReadBackFinding] {
    let byMarker = Dictionary(grouping: candidates.filter { $0.marker != nil }, by: \.marker)
    let byNPI = Dictionary(grouping: candidates.filter { $0.npi != nil }, by: \.npi)
    let byKey = Dictionary(grouping: candidates.filter { $0.npi == nil && $0.key != nil }, by: \.key)
    return rows.map { row in
      var ours = Set((byMarker[row.marker] ?? []).map(\.id))
      var others: Set<Int64> = []
      if let npi = row.npi {
        for candidate in byNPI[npi] ?? [] where !ours.contains(candidate.id) {
          if isOursWithoutMarker(candidate) { ours.insert(candidate.id) } else { others.insert(candidate.id) }
        }
      } else {
        for candidate in byKey[row.key] ?? [] where isOursWithoutMarker(candidate) { ours.insert(candidate.id) }
      }
      return ReadBackFinding(ours: ours.sorted(), others: others.sorted())
    }
  }

  /// A candidate that shows any marker is judged by it alone.
  private func isOursWithoutMarker(_ candidate: Candidate) -> Bool {
    !knowsMarkers && candidate.marker == nil && candidate.id > after
  }
}
