/// What can go wrong in a simulated world. Each is counted when it strikes.
package enum Fault: String, CaseIterable, Sendable {
  // Processes.
  case deathBeforeWrite = "death_before_write"
  case deathBeforeCommit = "death_before_commit"
  case deathAfterCommit = "death_after_commit"
  case deathBeforeRequest = "death_before_request"
  case deathAfterRequest = "death_after_request"
  case deathAtAnyTime = "death_at_any_time"
  case deathOfAll = "death_of_all"
  case reboot
  case suspension
  case suspensionAtWork = "suspension_at_work"
  case stopAndStart = "stop_and_start"

  // The store.
  case busyStore = "busy_store"
  case fullDisk = "full_disk"
  case missedBell = "missed_bell"

  // The way to the CRM.
  case connectionRefused = "connection_refused"
  case requestLost = "request_lost"
  case answerLost = "answer_lost"
  case lateCommit = "late_commit"
  case doubledRequest = "doubled_request"
  case truncatedAnswer = "truncated_answer"
  case lyingAnswer = "lying_answer"

  // The CRM.
  case status401 = "status_401"
  case status403 = "status_403"
  case status422 = "status_422"
  case status429 = "status_429"
  case status500RolledBack = "status_500_rolled_back"
  case status5xxBefore = "status_5xx_before"
  case status5xxAfter = "status_5xx_after"
  case poisonRow = "poison_row"
  case crmDown = "crm_down"
  case crmLosesRows = "crm_loses_rows"
  case metricsMissing = "metrics_missing"
  case metricsAbsurd = "metrics_absurd"
  case readBackFails = "read_back_fails"

  // The ways to people.
  case messageRefused = "message_refused"
  case messageDoubted = "message_doubted"

  // Time.
  case clockForward = "clock_forward"
  case clockBack = "clock_back"

  // Sources.
  case sourceGrows = "source_grows"
  case sourceShrinks = "source_shrinks"
  case sourceMalformed = "source_malformed"
  case sourceMissing = "source_missing"

  // People.
  case operatorPauses = "operator_pauses"
  case operatorCancels = "operator_cancels"
  case operatorRetries = "operator_retries"
  case policyChange = "policy_change"
}
