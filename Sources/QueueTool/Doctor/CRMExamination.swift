import Connectors
import Database
import Foundation
import LeadStore
import Leads
import Operations
import Timekeeping

/// What `doctor` finds at the CRM. It logs in and asks; nothing is written there.
struct CRMExamination: Sendable {
  let settings: Settings
  let surroundings: Surroundings
  let clock: WallClock
  /// Which CRM the store serves; nil: none yet, or the store cannot be read.
  let bound: String?
  /// Whether the programs could use the store, and share a budget of requests there.
  let hasBudget: Bool

  static let names: [HealthCheck.Name] = [
    .crmReachable, .crmDatabase, .crmLogin, .crmRole, .crmMetrics, .storeCRM,
  ]

  private var configured: String? { settings.configuration.crm.baseURL }

  func checks() async -> [HealthCheck] {
    guard let address = await address() else { return nobody }
    let requests =
      hasBudget
      ? await CRMRequests.open(settings, address: address.text, clock: clock, limit: surroundings.limit / 2)
      : .unlimited
    if let wait = await requests.take(CRMClient.healthRequests, within: surroundings.limit / 4) {
      let reason =
        "no request may be sent for \(ShownTime.span(wait + .milliseconds(999))): crm.requests_per_minute is used up, or "
        + "the CRM asked for silence"
      return Self.names.filter { $0 != .storeCRM }.notChecked(because: reason) + [storeCRM(address.text)]
    }
    let results = await client(address, requests).health()
    var elsewhere: CRMAddress?
    if results.first(where: { $0.name == .reachable })?.hasPassed != true {
      elsewhere = await find(besides: address)
    }
    var checks = CRMFindings(address: address.text, results: results, elsewhere: elsewhere?.text).checks
    checks.append(await metrics(results))
    checks.append(storeCRM(address.text))
    return checks
  }

  /// Its permits were taken.
  private func client(_ address: CRMAddress, _ requests: CRMRequests) -> CRMClient {
    var client = CRMConnection.clientSettings(settings, address: address)
    client.healthTimeout = min(client.healthTimeout, surroundings.limit / 2)
    client.connectTimeout = min(client.connectTimeout, surroundings.limit / 2)
    return CRMClient(settings: client, requestPermit: {}, onRateLimited: { await requests.hold(for: $0) })
  }

  // MARK: Where it is

  /// As the programs find it.
  private func address() async -> CRMAddress? {
    if let configured { return CRMAddress(configured) }
    let candidates = (bound.map { [$0] } ?? []) + surroundings.knownCRMs
    return await CRMDiscovery.find(
      baseURLs: candidates, healthPath: settings.configuration.crm.healthPath, timeout: surroundings.limit / 2)
  }

  private func find(besides address: CRMAddress) async -> CRMAddress? {
    let candidates = surroundings.knownCRMs.filter { CRMAddress($0) != address }
    return await CRMDiscovery.find(
      baseURLs: candidates, healthPath: settings.configuration.crm.healthPath, timeout: .seconds(1))
  }

  private var nobody: [HealthCheck] {
    let isThere = "no healthy CRM answers on the ports 8001 to 8006 of this machine"
    return [
      .failed(
        .crmReachable, "CRM not reachable: \(isThere)",
        remedy: "start the CRM, or name it with LEAD_CRM_URL (crm.base_url)")
    ] + Self.names.dropFirst().filter { $0 != .storeCRM }.notChecked(because: "no CRM was found") + [storeCRM(nil)]
  }

  private func storeCRM(_ address: String?) -> HealthCheck {
    guard let bound else { return .ok(.storeCRM, "bound to none yet; the first cycle binds it") }
    guard let address, bound != address else { return .ok(.storeCRM, "serves \(bound)") }
    return .failed(
      .storeCRM, "This store serves the CRM \(bound), not \(address)",
      remedy: "use another store (LEAD_STORE), or, if it is the same CRM at a new address: lead-queue rebind-crm "
        + "\(ShellWord.quoted(address)) --reason …")
  }

  // MARK: Its database, read by us

  private func metrics(_ results: [CRMCheck]) async -> HealthCheck {
    let metrics = settings.configuration.crm.metrics
    guard let url = settings.environment.crmDatabaseURL, metrics != .api else {
      return metrics == .postgres
        ? .failed(
          .crmMetrics, "crm.metrics is postgres, and LEAD_CRM_DATABASE_URL is not set",
          remedy: "set LEAD_CRM_DATABASE_URL, or crm.metrics to auto")
        : .ok(.crmMetrics, "the stock is read through the API")
    }
    guard let result = results.first(where: { $0.name == .metricsDatabase }) else {
      return .notChecked(.crmMetrics, because: "it was not asked")
    }
    let check = CRMFindings.metrics(result.outcome)
    guard check.state == .ok else { return check }
    let time = await Cutoff.blocking(surroundings.limit) {
      try StoreLook.time(ofServer: url.revealed, name: "lead-queue doctor")
    }
    guard case .success(let shown??) = time.map({ $0.map(Optional.some) }) else { return check }
    let distance = shown - clock.now()
    guard distance > .seconds(60) || distance < .seconds(-60) else { return check }
    return .warning(
      .crmMetrics,
      "this machine's clock is \(ShownTime.span(distance < .zero ? .zero - distance : distance)) off the CRM's database's",
      remedy: "set the clock of the one that is wrong: timedatectl set-ntp true"
        + (clock.isShifted ? "; unset LEAD_NOW" : ""))
  }
}
