/// What the demo CRM counted since its start; `GET /demo/statistics`, outside the contract.
struct Statistics: Sendable {
  /// Requests of the contract's routes, whatever their answer.
  var requests = 0
  /// POSTs to the bulk route that arrived, whatever their answer. Faults count these, from 1.
  var bulkRequests = 0
  /// Leads created by bulk requests and committed.
  var rowsCommitted = 0
  var logins = 0
  /// Requests refused by the rate limit itself, not by the fault `s429`.
  var rateLimited = 0
  var faults: [Fault: Int] = [:]

  var json: JSONValue {
    .object([
      "note": .text("counters of demo-crm, outside the CRM's contract"), "requests": .int(requests),
      "bulk_requests": .int(bulkRequests), "rows_committed": .int(rowsCommitted), "logins": .int(logins),
      "rate_limited": .int(rateLimited),
      "faults": .object(
        JSONObject(members: Fault.allCases.map { (key: $0.rawValue, value: .int(faults[$0] ?? 0)) })),
    ])
  }
}
