/// The variables of the environment that the programs read. Each may end in `_FILE` to name a file with the value.
package enum EnvironmentVariable: String, Sendable, CaseIterable {
  case store = "LEAD_STORE"
  case storeSchema = "LEAD_STORE_SCHEMA"
  case crmURL = "LEAD_CRM_URL"
  case crmUsername = "LEAD_CRM_USERNAME"
  case crmPassword = "LEAD_CRM_PASSWORD"
  case crmDatabaseURL = "LEAD_CRM_DATABASE_URL"
  case smtpURL = "LEAD_SMTP_URL"
  case smtpUsername = "LEAD_SMTP_USERNAME"
  case smtpPassword = "LEAD_SMTP_PASSWORD"
  case smtpFrom = "LEAD_SMTP_FROM"
  case smtpCertificates = "LEAD_SMTP_CA"
  case slackWebhookURL = "LEAD_SLACK_WEBHOOK_URL"
  case dashboardToken = "LEAD_DASHBOARD_TOKEN"
  case logLevel = "LEAD_LOG_LEVEL"
  case logFormat = "LEAD_LOG_FORMAT"
  case logFile = "LEAD_LOG_FILE"
  case metricsFile = "LEAD_METRICS_FILE"
  case now = "LEAD_NOW"

  /// The variable that names a file with the value.
  package var fileVariable: String { rawValue + "_FILE" }
}
