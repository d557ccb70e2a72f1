import Database
import LeadStore

/// Whether the store answers, with the schema that this program knows.
struct Readiness: Sendable, Equatable {
  var isReady: Bool
  var text: String

  /// Never throws: a store that does not answer is what it tells. Of the cause only the kind is told, since anybody may ask.
  static func ask(_ store: Store) async -> Readiness {
    do {
      let version = try await store.read { try MigrationTable.list(in: $0).last?.version }
      let known = LeadStore.steps(on: store.dialect).last?.version
      guard version == known else {
        return Readiness(isReady: false, text: "not ready: the store has another schema version than this program")
      }
      return Readiness(isReady: true, text: "ready")
    } catch {
      return Readiness(isReady: false, text: "not ready: the store does not answer")
    }
  }
}
