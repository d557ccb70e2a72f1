import Alerts
import JobQueue
import LeadStore
import Replenishment
package import Telemetry

/// Everything that the programs measure of themselves, with every value that a label may have; docs/OPERATING.md lists it.
package enum MetricCatalog {
  private typealias Label = MetricDescription.Label

  package static let all = jobs + store + crm + work

  private static let kind = Label("kind", JobKind.allCases.map(\.rawValue))

  private static let jobs = [
    MetricDescription("lead_queue_jobs_leased_total", .counter, "Jobs that this process leased, by kind.", [kind]),
    MetricDescription("lead_queue_jobs_running", .gauge, "Jobs at work in this process, by kind.", [kind]),
    MetricDescription(
      "lead_queue_jobs_settled_total", .counter, "Attempts of this process that ended, by kind and outcome.",
      [
        kind,
        Label(
          "outcome",
          ["succeeded", "retried", "snoozed", "held_off", "dead", "cancelled", "handed_back", "lease_lost"]),
      ]),
    MetricDescription(
      "lead_queue_attempt_seconds", .histogram(bounds: MetricDescription.slow),
      "How long attempts took, by kind; with the settle where a result is written along.", [kind]),
  ]

  private static let store = [
    MetricDescription(
      "lead_queue_store_transactions_total", .counter,
      "Write transactions, by result; rolled_back: by the word of whoever asked for it.",
      [Label("result", ["committed", "rolled_back", "busy", "failed"])]),
    MetricDescription(
      "lead_queue_store_retries_total", .counter,
      "Write transactions that a server gave up in favour of others, or by losing the connection, and that were run again."
    ),
    MetricDescription(
      "lead_queue_store_transaction_seconds", .histogram(bounds: MetricDescription.quick),
      "From the asking for a write transaction to its commit, waiting included."),
  ]

  private static let request = Label("request", ["login", "health", "leads", "upload", "other"])

  private static let crm = [
    MetricDescription(
      "lead_queue_crm_requests_total", .counter, "HTTP requests to the CRM, by what they ask for and how they ended.",
      [
        request,
        Label(
          "outcome",
          [
            "ok", "not_allowed", "rate_limited", "refused", "server_error", "not_sent", "unanswered", "unreadable",
          ]),
      ]),
    MetricDescription(
      "lead_queue_crm_request_seconds", .histogram(bounds: MetricDescription.slow),
      "How long HTTP requests to the CRM took, by what they ask for.", [request]),
  ]

  private static let work = [
    MetricDescription(
      "lead_queue_cycles_total", .counter, "Cycles that this process ran, by decision.",
      [Label("decision", CycleDecision.allCases.map(\.rawValue))]),
    MetricDescription(
      "lead_queue_cycle_seconds", .histogram(bounds: MetricDescription.slow),
      "How long cycles took, the uploads that they wait for included."),
    MetricDescription(
      "lead_queue_leads_total", .counter, "Leads of uploads that got their final result, by result.",
      [Label("result", [BatchLeadState.created, .duplicate, .rejected, .released].map(\.rawValue))]),
    MetricDescription(
      "lead_queue_leads_unanswered_total", .counter,
      "Leads whose request the CRM did not answer clearly, and that are looked for there."),
    MetricDescription(
      "lead_queue_messages_total", .counter, "Messages to people that were tried, by channel and result.",
      [
        Label("channel", AlertChannel.allCases.map(\.rawValue)),
        Label("result", ["sent", "refused", "busy", "unreachable", "not_configured"]),
      ]),
    MetricDescription(
      "lead_queue_sources_read_total", .counter, "Source files that were read, by result.",
      [Label("result", [SourceState.read, .missing, .unreadable].map(\.rawValue))]),
    MetricDescription(
      "lead_queue_source_records_total", .counter,
      "Records of source files that were read; repeated ones are usable too.",
      [Label("result", ["usable", "repeated", "rejected"])]),
  ]
}
