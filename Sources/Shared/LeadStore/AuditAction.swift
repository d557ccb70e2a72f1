/// What can be done; `audit.action`. Decisions, upload results and manual actions only: job transitions are in `job_event`.
package enum AuditAction: String, Sendable, CaseIterable, Codable {
  case crmBound = "crm_bound"
  case crmRebound = "crm_rebound"
  case sourceRead = "source_read"
  case cycleStarted = "cycle_started"
  case cycleFinished = "cycle_finished"
  case cycleFailed = "cycle_failed"
  case readingHeld = "reading_held"
  case stockAccepted = "stock_accepted"
  case planCommitted = "plan_committed"
  /// A person had a saved plan carried out.
  case planApplied = "plan_applied"
  case batchAnswered = "batch_answered"
  case batchReadBack = "batch_read_back"
  case batchReleased = "batch_released"
  case batchSettled = "batch_settled"
  case clockSetBack = "clock_set_back"
  case cooldownCleared = "cooldown_cleared"
  case trackingImported = "tracking_imported"
  case jobCancelled = "job_cancelled"
  case jobsCancelled = "jobs_cancelled"
  case jobRetried = "job_retried"
  case jobsRetried = "jobs_retried"
  case queuePaused = "queue_paused"
  case queueResumed = "queue_resumed"
  case kindPaused = "kind_paused"
  case kindResumed = "kind_resumed"
  /// `verify` found leads gone from the CRM, or back in it.
  case driftFound = "drift_found"
  /// Leads that had drifted or were rejected went back to the catalog.
  case leadsRequeued = "leads_requeued"
  case storeBackedUp = "store_backed_up"
  case storeRestored = "store_restored"
  /// What the CRM holds of us was taken over after a restore.
  case storeReconciled = "store_reconciled"

  /// The store was moved from its file to a server.
  case storePromoted = "store_promoted"

  /// Whether a person does it: its entry then names that person, and holds the reason given.
  package var isManual: Bool {
    switch self {
    case .crmRebound, .stockAccepted, .cooldownCleared, .trackingImported, .jobCancelled, .jobsCancelled, .jobRetried,
      .jobsRetried, .queuePaused, .queueResumed, .kindPaused, .kindResumed, .leadsRequeued,
      .storeRestored, .storeReconciled, .storePromoted:
      true
    case .crmBound, .sourceRead, .cycleStarted, .cycleFinished, .cycleFailed, .readingHeld, .planCommitted,
      .planApplied, .batchAnswered, .batchReadBack, .batchReleased, .batchSettled, .clockSetBack, .driftFound,
      .storeBackedUp:
      false
    }
  }
}
