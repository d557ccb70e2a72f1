import Connectors
import Leads
import Timekeeping

/// The simulated CRM's own database, read by one process.
struct SimulatedCRMDatabase: CRMDatabase {
  let world: World
  let process: SimulatedProcess

  var notes: [String] { [] }

  func check() async throws(CRMError) {
    try await reach()
  }

  func read(window: Duration, now: Timestamp) async throws(CRMError) -> Stock {
    try await reach()
    if world.faults.strikes(.metricsMissing) { throw .databaseUnreachable("connection refused") }
    let stock = world.crm.stock(now: now)
    guard world.faults.strikes(.metricsAbsurd) else { return stock }
    return world.stocks.lie(about: stock, world.random.pick([0, 10, 1000]))
  }

  func readBack(_ rows: [ReadBackRow], after: Int64) async throws(CRMError) -> [ReadBackFinding] {
    try await reach()
    if world.faults.strikes(.readBackFails) { throw .databaseUnreachable("timed out") }
    return rows.map(world.crm.find)
  }

  func sightings(after id: Int64) async throws(CRMError) -> (page: [CRMSighting], showsMarkers: Bool) {
    try await reach()
    let page = world.crm.rows.filter { $0.id > id }.prefix(1000)
    return (page.map { CRMSighting(id: $0.id, npi: $0.npi, marker: $0.marker) }, true)
  }

  private func reach() async throws(CRMError) {
    do {
      try await process.pass()
      try await process.sleep(world.random.span(.milliseconds(2), .milliseconds(60)))
    } catch {
      throw .databaseUnreachable("cancelled")
    }
    if world.crm.isDown { throw .databaseUnreachable("connection refused") }
  }
}
