import Database
import LeadStore
import Leads

/// `verify`: walks the books once, some thousand leads at a time, and compares them with themselves and with the CRM.
struct Verification: Sendable {
  struct Result: Sendable {
    var books: BooksCheck
    /// Nil: the CRM was not asked.
    var crm: CRMComparison?
    /// Why the CRM could not be asked.
    var failure: (any Error)?
  }

  let store: Store
  let time: ShownTime
  /// Mismatches that are named; the others are counted.
  let namedMax: Int
  /// Reads what the CRM holds; nil: it is not asked. May be called several times.
  let look: (@Sendable () async throws -> CRMIndex)?
  /// Told what is being done.
  let progress: @Sendable (String) -> Void

  /// Throws what the store throws; what keeps the CRM from being asked is in the result.
  func run() async throws -> Result {
    var result = Result(books: BooksCheck(namedMax: namedMax, time: time))
    let total = try await store.read { try TraceTable.selectedCount(in: $0) }
    // The CRM first: a lead that is sent meanwhile is missing from what was read, and looked at again.
    if let look, total > 0 {
      do {
        let forgotten = try await store.read { try RestoreTable.forgottenBatches(in: $0) }
        result.crm = CRMComparison(try await look(), forgotten: forgotten, namedMax: namedMax, time: time)
      } catch {
        result.failure = error
      }
    }
    try await walk(&result, of: total)
    try await result.books.finish(store)
    guard let look, var crm = result.crm else { return result }
    do {
      try await crm.finish(look: look) { id in try await store.read { try TraceTable.batch(id, in: $0) } }
      result.crm = crm
    } catch let error as CRMError {
      result.failure = error
      result.crm = nil
    }
    return result
  }

  private func walk(_ result: inout Result, of total: Int) async throws {
    var (last, leads) = (Int64(0), 0)
    while true {
      let batches = try await store.read { [last] in try TraceTable.batches(after: last, in: $0) }
      guard let end = batches.last else { return }
      for batch in batches {
        result.books.take(batch)
        result.crm?.take(batch)
        leads += batch.leads.count
      }
      last = end.id
      progress("Verifying: \(leads) of \(total) leads")
    }
  }
}
