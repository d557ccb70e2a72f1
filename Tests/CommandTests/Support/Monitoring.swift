/// How the stock is read: by SQL from the CRM's PostgreSQL, or by its API. The CRM under test stands on PostgreSQL or
/// SQLite accordingly.
enum Monitoring: String, Sendable, CaseIterable {
  case sql
  case api
}
