import Database
import LeadStore
import Leads
import Planning
import Timekeeping

/// What the recorded demand says about the days to come.
struct DemandPrediction: Sendable {
  let workplace: Workplace

  /// The reorder levels for a plan that is made now; nil when `planning.forecast` is off. Reads only days that are over, so
  /// that nothing of it can change before the plan is committed.
  func reorderLevels() async throws -> PerClass<ReorderLevel?>? {
    guard workplace.policy.forecasting != nil else { return nil }
    let now = workplace.clock.now()
    // One more day than counts: the first reading only says where to start.
    let past = workplace.calendar.workDays(until: now, count: ClassForecast.daysMax + 1)
    let history = try await workplace.store.read { try DemandHistory.read(days: past, now: now, in: $0) }
    let forecasts = history.uptake.map { ClassForecast(learning: $1) }
    return workplace.policy.reorderLevels(forecasts, days: workplace.calendar.workDays(from: now, count: 5), now: now)
  }
}
