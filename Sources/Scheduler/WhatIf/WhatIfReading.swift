import Database
import LeadStore
import Leads
import Operations
import Planning
import Replenishment
import Timekeeping

/// What a what-if stands on, whatever the configuration.
struct WhatIfGround: Sendable {
  var trace: DemandTrace
  var start: WhatIfStart
  /// Where the days and the demand come from, for people.
  var description: String
}

/// Reads from the store what a what-if stands on.
struct WhatIfReading: Sendable {
  let program: Program
  let months: Int?
  let seed: UInt64
  let dailyDemand: Double?
  let agents: Int?
  let isBySources: Bool

  private static let agentsAssumed = 3
  /// More than any simulated time takes.
  private static let plenty = 100_000_000
  private static let recordedDaysMax = 2000

  /// What the store holds.
  private struct Record: Sendable {
    var history: DemandHistory
    var reading: Stock?
    var stock: PerClass<Int>
    var supply: PerClass<Int>
  }

  /// Nil: nothing is recorded that could be replayed.
  func read() async throws -> WhatIfGround? {
    let now = program.clock.now()
    let days = months == nil ? Self.recordedDaysMax : ClassForecast.daysMax + 1
    let past = program.calendar.workDays(until: now, count: days)
    let paths = program.configuration.sourceManagement.sourceFiles
    let record = try await program.store.read { transaction in
      let sources = try paths.compactMap { try SourceTable.find(path: $0, in: transaction)?.id }
      return Record(
        history: try DemandHistory.read(days: past, now: now, in: transaction),
        reading: try SnapshotTable.lastAccepted(in: transaction)?.stock,
        stock: try ForecastReading.stock(in: transaction),
        supply: try CatalogTable.supply(sources: sources, in: transaction))
    }
    return months.map { simulated(record, months: $0, now: now) } ?? recorded(record, days: past)
  }

  // MARK: Recorded

  private func recorded(_ record: Record, days: [WorkDay]) -> WhatIfGround? {
    let trace = DemandTrace(recorded: record.history.uptake, days: days)
    guard let first = trace.days.first?.workDay.day, let last = trace.days.last?.workDay.day,
      let available = record.history.days.last(where: { $0.day < first && $0.available != nil })?.available
    else { return nil }
    let unknown = record.history.uptake.a.count { $0.count == nil }
    let count = trace.days.count
    return WhatIfGround(
      trace: trace, start: start(record, available: available, history: PerClass(repeating: [])),
      description: "\(count) recorded business \(count == 1 ? "day" : "days"), \(first) to \(last)"
        + (unknown > 0 ? "; \(unknown) more without a reading are left out" : ""))
  }

  // MARK: Simulated

  private func simulated(_ record: Record, months: Int, now: Timestamp) -> WhatIfGround {
    let calendar = program.calendar
    let (year, month, day) = calendar.clock.day(of: now).parts
    let total = month - 1 + months
    let end = CivilDay(year: year + total / 12, month: total % 12 + 1, day: min(day, 28)).description
    let days = calendar.workDays(from: now, count: 262 * (months / 12 + 1)).filter { $0.day < end && $0.opening >= now }
    let (model, words) = model(record)
    var random = SeededDraws(seed: seed)
    let policy = program.configuration.policy
    let full = policy.mix.map { leadClass, share in
      max(policy.minPerClass[leadClass], Int((share * Double(policy.targetTotal)).rounded()))
    }
    return WhatIfGround(
      trace: model.trace(of: days, using: &random),
      start: start(record, available: record.reading == nil ? full : record.stock, history: record.history.uptake),
      description:
        "\(days.count) business days (\(months) \(months == 1 ? "month" : "months"), seed \(seed)); demand \(words)")
  }

  /// Like the recorded demand; without enough of it, the configured share of an assumed one.
  private func model(_ record: Record) -> (DemandModel, words: String) {
    let learned = record.history.uptake.map { ClassForecast(learning: $1) }
    let weekdays = Array(Set(record.history.days.map(\.weekday))).sorted()
    if let aPlus = learned.aPlus, let a = learned.a, let b = learned.b {
      let forecasts = PerClass(aPlus: aPlus, a: a, b: b)
      let mean = forecasts.map { $1.dailyMean(over: weekdays) }
      let scale = dailyDemand.map { mean.sum > 0 ? $0 / mean.sum : 0 } ?? 1
      let week = (1...7).map { weekday in forecasts.map { $1.mean(on: weekday) }.sum }
      let classes = forecasts.map { leadClass, forecast in
        DemandModel.ClassDemand(dailyMean: mean[leadClass] * scale, dispersion: forecast.dispersion)
      }
      let words = dailyDemand.map { "of \(Decimals.text($0)) leads a day, in its pattern" } ?? "like that"
      return (
        DemandModel(classes: classes, week: week), words + " of the last \(forecasts.a.days) recorded business days"
      )
    }
    let policy = program.configuration.policy
    let total = dailyDemand ?? Double(policy.targetTotal) / 10
    let classes = policy.mix.map { DemandModel.ClassDemand(dailyMean: $1 * total, interval: $0 == .aPlus ? 1.5 : 1) }
    let source = dailyDemand == nil ? "assumed, a tenth of the target" : "assumed"
    return (
      DemandModel(classes: classes),
      "\(source): \(Decimals.text(total)) leads a business day in the configured mix, more on Mondays than on Fridays, A+ "
        + "on two days of three"
    )
  }

  private func start(
    _ record: Record, available: PerClass<Int>, history: PerClass<[DailyUptake]>
  ) -> WhatIfStart {
    let reading = record.reading
    return WhatIfStart(
      available: available, deskLoad: reading.map { max(0, $0.total - $0.available) } ?? 0,
      activeAgents: agents ?? reading.map { max(1, $0.activeAgents) } ?? Self.agentsAssumed,
      supply: isBySources ? record.supply : PerClass(repeating: Self.plenty),
      conversion: reading?.conversion ?? PerClass(repeating: Conversion(won: 0, lost: 0)), history: history)
  }
}
