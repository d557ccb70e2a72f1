import Timekeeping

extension Advisor {
  private static let batchSize = "crm.batch_size"

  /// What the settings of requests to the CRM mean together.
  var requestAdvice: [Advice] {
    [batchAboveRun, manyRequests, shortGrace, noDatabase, oneFailure].compactMap(\.self)
  }

  private var batchAboveRun: Advice? {
    let (batch, run) = (configuration.crm.batchSize, configuration.uploadControls.maxUploadPerRun)
    guard batch > run, isChosen(Self.batchSize, "upload_controls.max_upload_per_run") else { return nil }
    return advice(
      on: Self.batchSize,
      "a run sends \(run) leads at most, so that each run is one request: there is no progress to see, and a lost answer "
        + "leaves all of it in doubt",
      set: Advice.Setting(Self.batchSize, .integer(max(1, run / 2))))
  }

  private var manyRequests: Advice? {
    let (crm, run) = (configuration.crm, configuration.uploadControls.maxUploadPerRun)
    let requests = (run + crm.batchSize - 1) / crm.batchSize
    let minutes = Double(requests) / Double(crm.requestsPerMinute)
    guard minutes * 60 > configuration.monitoring.checkInterval.inSeconds else { return nil }
    let perRun = Int(Double(crm.requestsPerMinute) * configuration.monitoring.checkInterval.inSeconds / 60)
    let wanted = perRun > 0 ? (run + perRun - 1) / perRun : run
    return advice(
      on: Self.batchSize,
      "a full run takes \(requests) requests, more than \(crm.requestsPerMinute) a minute allow before the next check",
      set: wanted <= 1000
        ? Advice.Setting(Self.batchSize, .integer(wanted))
        : Advice.Setting("upload_controls.max_upload_per_run", .integer(1000 * max(1, perRun))))
  }

  private var shortGrace: Advice? {
    let crm = configuration.crm
    guard crm.readBackGrace * 2 < crm.requestTimeout else { return nil }
    let key = "crm.read_back_grace_seconds"
    return advice(
      on: key,
      "a lead without npi may be sent again while its first request is still being worked on, and then be there twice",
      set: Advice.Setting(key, .number(crm.requestTimeout.inSeconds)))
  }

  private var noDatabase: Advice? {
    guard configuration.crm.metrics == .postgres, !hasCRMDatabase else { return nil }
    return advice(
      on: "crm.metrics", "LEAD_CRM_DATABASE_URL is not set, so that no stock can be read and every cycle fails",
      set: Advice.Setting("crm.metrics", .text("auto")))
  }

  private var oneFailure: Advice? {
    guard configuration.worker.maxFailures == 1 else { return nil }
    let key = "worker.max_failures"
    return advice(
      on: key, "a single hiccup makes a job a dead letter that waits for a person",
      set: Advice.Setting(key, .integer(Configuration().worker.maxFailures)))
  }
}
