import LeadStore
import Leads

/// Compares every selected lead with what the CRM really holds, told batch by batch in ascending order.
struct CRMComparison: Sendable {
  /// A lead that is gone from the CRM.
  struct Drifted: Sendable, Equatable {
    var place: BatchPosition
    var isCreatedByUs: Bool
    /// Whether an earlier verification has noted it.
    var isKnown: Bool
    var mayBeRequeued: Bool
  }

  /// Leads that the CRM was asked about.
  private(set) var compared = 0
  /// Leads without a final state that may or may not be in the CRM.
  private(set) var open = 0
  /// Leads given back by a batch and sent by a later one, which only the CRM's database tells apart.
  private(set) var untold = 0
  private(set) var mismatches: MismatchList
  /// What drifted, named and counted apart.
  private(set) var drift: MismatchList
  private(set) var drifted: [Drifted] = []
  /// Leads that an earlier verification missed, and that are there.
  private(set) var foundAgain: [BatchPosition] = []
  let expectation: CRMExpectation
  private let forgotten: [ClosedRange<Int64>]
  private let time: ShownTime
  private var index: CRMIndex
  /// Leads that do not look right: looked at again, since workers go on.
  private var suspects: [Suspect] = []
  /// Our rows up to this place of the index belong to batches that were told.
  private var ownRows: ArraySlice<CRMIndex.OwnRow>

  /// What the books said of a lead when the CRM's row did not fit; final states never change.
  private struct Suspect: Sendable {
    var place: BatchPosition
    var state: BatchLeadState
    var catalogState: LeadState
    var requests: Int
    var isRequeued: Bool

    init(_ lead: LeadTrace) {
      place = lead.place
      state = lead.state
      catalogState = lead.catalogState
      requests = lead.requests
      isRequeued = lead.requeuedAt != nil
    }

    func describes(_ lead: LeadTrace) -> Bool {
      state == lead.state && catalogState == lead.catalogState && requests == lead.requests
        && isRequeued == (lead.requeuedAt != nil)
    }
  }

  /// `forgotten`: numbers of batches that the store gave before it was put back from a backup; their rows were taken over.
  init(_ index: CRMIndex, forgotten: [ClosedRange<Int64>] = [], namedMax: Int, time: ShownTime) {
    self.index = index
    self.forgotten = forgotten
    self.time = time
    mismatches = MismatchList(namedMax: namedMax)
    drift = mismatches
    expectation = CRMExpectation(showsMarkers: index.showsMarkers)
    ownRows = index.ours[...]
  }

  /// How many leads were looked at so far.
  var looked: Int { compared + open + untold }

  /// The next batch, with all its leads.
  mutating func take(_ batch: BatchTrace) {
    takeOwnRows(batch)
    for lead in batch.leads {
      switch expectation.demand(of: lead) {
      case .open: open += 1
      case .untellable: untold += 1
      case .oneOfOurs, .aRow, .noneOfOurs:
        compared += 1
        if expectation.fault(of: lead, index.finding(lead, after: batch.newestLeadID)) != nil {
          suspects.append(Suspect(lead))
        } else if lead.missingAt != nil, lead.requeuedAt == nil {
          foundAgain.append(lead.place)
        }
      }
    }
  }

  /// Rows that carry our mark, yet belong to no lead of the books.
  private mutating func takeOwnRows(_ batch: BatchTrace) {
    let positions = Set(batch.leads.map(\.place.position))
    while let row = ownRows.first, row.place.batchID <= batch.id {
      ownRows.removeFirst()
      if row.place.batchID < batch.id || !positions.contains(row.place.position) { appendStray(row) }
    }
  }

  private mutating func appendStray(_ row: CRMIndex.OwnRow) {
    guard !forgotten.contains(where: { $0.contains(row.place.batchID) }) else { return }
    mismatches.append(
      Mismatch(
        kind: .crm, subject: "the CRM's row \(row.id)",
        finding:
          "it carries this store's mark of batch \(row.place.batchID), position \(row.place.position), which the "
          + "books do not know",
        remedy: "The store is an older copy of the one that sent it, or was damaged: go on with the newest one"))
  }

  /// After the last batch: looks at what does not look right again. `look` reads the CRM anew, `read` a batch.
  mutating func finish(
    look: () async throws -> CRMIndex, read: (Int64) async throws -> BatchTrace?
  ) async throws {
    for row in ownRows { appendStray(row) }
    ownRows = []
    /// How often a lead whose books change meanwhile is looked at again.
    let looksMax = 3
    for round in 1...looksMax where !suspects.isEmpty {
      index = try await look()
      let isLast = round == looksMax
      let former = suspects
      suspects = []
      var batch: BatchTrace?
      for suspect in former {
        if batch?.id != suspect.place.batchID { batch = try await read(suspect.place.batchID) }
        guard let batch, let lead = batch.leads.lead(at: suspect.place) else { continue }
        let finding = index.finding(lead, after: batch.newestLeadID)
        guard let fault = expectation.fault(of: lead, finding) else { continue }
        // What the books said before and after the CRM was read, they said while it was.
        if isLast || suspect.describes(lead) {
          confirm(fault, lead, batch, finding)
        } else {
          suspects.append(Suspect(lead))
        }
      }
    }
  }

  private mutating func confirm(
    _ fault: CRMExpectation.Fault, _ lead: LeadTrace, _ batch: BatchTrace, _ finding: ReadBackFinding
  ) {
    let mismatch = Mismatch(
      kind: fault.kind, subject: lead.key.rawValue, finding: fault.finding, remedy: fault.remedy,
      account: LeadAccount(lead, in: batch, rows: finding, broken: fault.broken, time: time))
    guard fault.kind == .drift else { return mismatches.append(mismatch) }
    drift.append(mismatch)
    drifted.append(
      Drifted(
        place: lead.place, isCreatedByUs: lead.state == .created, isKnown: lead.missingAt != nil,
        mayBeRequeued: expectation.mayBeRequeued(lead)))
  }
}

extension [LeadTrace] {
  /// The lead at a place: where its position says, unless somebody tampered.
  fileprivate func lead(at place: BatchPosition) -> LeadTrace? {
    if indices.contains(place.position), self[place.position].place == place { return self[place.position] }
    return first { $0.place == place }
  }
}
