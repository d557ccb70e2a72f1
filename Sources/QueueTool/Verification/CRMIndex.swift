import Connectors
import LeadStore
import Leads

/// What the CRM holds, as far as it says whose each row is: 16 bytes for a row, 24 more for one of ours, and nothing of the
/// leads themselves.
struct CRMIndex: Sendable {
  /// A row of ours, by the mark that it carries.
  struct OwnRow: Sendable {
    var place: BatchPosition
    var id: Int64
  }

  /// A row by its npi, or by what its contact data identify.
  private struct OtherRow: Sendable {
    /// Of the npi or the key. The lowest bit says whether the row carries a mark, whoever's.
    var code: Int
    var id: Int64
  }

  /// Whether every row's mark can be seen, as in the CRM's database. Else rows are told apart by their id alone: a row above
  /// the batch's starting point counts as ours, whoever made it.
  private(set) var showsMarkers = false
  /// Rows looked at.
  private(set) var rows = 0
  /// In order of batch and position, once sealed.
  private(set) var ours: [OwnRow] = []
  private var others: [OtherRow] = []
  private let prefix: String

  init(storeID: String) {
    prefix = storeID + ":"
  }

  mutating func take(_ row: CRMSighting) {
    rows += 1
    if let marker = row.marker, let place = place(of: marker) { ours.append(OwnRow(place: place, id: row.id)) }
    guard let text = row.npi ?? row.key?.rawValue else { return }
    others.append(OtherRow(code: Self.code(text) | (row.marker == nil ? 0 : 1), id: row.id))
  }

  /// Makes it ready to be asked.
  mutating func seal(showsMarkers: Bool) {
    self.showsMarkers = showsMarkers
    ours.sort { ($0.place, $0.id) < ($1.place, $1.id) }
    others.sort { ($0.code, $0.id) < ($1.code, $1.id) }
  }

  /// The rows of one lead, ours and others' apart; the meaning is that of `CRM.readBack`. `after`: the highest id in the CRM
  /// before the lead's batch.
  func finding(_ lead: LeadTrace, after: Int64) -> ReadBackFinding {
    var own: Set<Int64> = []
    var foreign: Set<Int64> = []
    for row in self.ours(from: lead.place) {
      guard row.place == lead.place else { break }
      own.insert(row.id)
    }
    let code = Self.code(lead.npi ?? lead.key.rawValue)
    var index = others.firstIndex(notBelow: code) { $0.code }
    while index < others.count, others[index].code | 1 == code | 1 {
      let row = others[index]
      index += 1
      guard !own.contains(row.id) else { continue }
      let isOurs = !showsMarkers && row.code & 1 == 0 && row.id > after
      if isOurs { own.insert(row.id) } else if lead.npi != nil { foreign.insert(row.id) }
    }
    return ReadBackFinding(ours: own.sorted(), others: foreign.sorted())
  }

  /// Our rows from a place on, in order.
  func ours(from place: BatchPosition) -> ArraySlice<OwnRow> { ours[ours.firstIndex(notBelow: place) { $0.place }...] }

  /// The batch and position in a mark of this store.
  private func place(of marker: String) -> BatchPosition? {
    guard marker.hasPrefix(prefix) else { return nil }
    let parts = marker.dropFirst(prefix.count).split(separator: ":", omittingEmptySubsequences: false)
    guard parts.count == 2, let batch = Int64(parts[0]), let position = Int(parts[1]) else { return nil }
    return BatchPosition(batchID: batch, position: position)
  }

  /// 63 bits under the key of this process: two texts out of a million share one once in ten million runs.
  private static func code(_ text: String) -> Int { text.hashValue & ~1 }
}

extension Array {
  /// The index of the first element whose value is not below `bound`, in an array sorted by it.
  fileprivate func firstIndex<Value: Comparable>(notBelow bound: Value, by value: (Element) -> Value) -> Int {
    var (low, high) = (0, count)
    while low < high {
      let middle = (low + high) / 2
      if value(self[middle]) < bound { low = middle + 1 } else { high = middle }
    }
    return low
  }
}
