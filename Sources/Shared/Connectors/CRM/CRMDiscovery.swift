/// Finds the CRM on this machine when no base URL is given.
package enum CRMDiscovery {
  /// The ports a CRM is known to use, in the order of preference.
  package static let baseURLs = (8001...8006).reversed().map { "http://127.0.0.1:\($0)" }

  /// The first of `baseURLs` that answers `GET` `healthPath` as a healthy CRM; nil when none does. All are asked at
  /// once, without a permit, and each has `timeout`.
  package static func find(
    baseURLs: [String] = baseURLs, healthPath: String = "/health", timeout: Duration = .seconds(3)
  ) async -> CRMAddress? {
    let addresses = baseURLs.compactMap(CRMAddress.init)
    let healthy = await withTaskGroup(of: (Int, Bool).self) { group in
      for (position, address) in addresses.enumerated() {
        group.addTask { (position, await isHealthy(address, healthPath, timeout)) }
      }
      return await group.reduce(into: Set<Int>()) { healthy, result in
        if result.1 { healthy.insert(result.0) }
      }
    }
    return healthy.min().map { addresses[$0] }
  }

  private static func isHealthy(_ address: CRMAddress, _ path: String, _ timeout: Duration) async -> Bool {
    let request = HTTPRequest(url: address.url(path), connectTimeout: timeout, totalTimeout: timeout)
    do throws(HTTPFailure) {
      let answer = try await HTTPThread(name: "crm-find").send(request)
      guard let health = CRMHealthAnswer(answer) else { return false }
      // `database` tells the CRM from other programs that answer `{"status": "healthy"}`.
      return health.isHealthy && health.database != nil
    } catch {
      return false
    }
  }
}
