package import Leads
package import Timekeeping

/// What the recorded demand says about the days to come, for people and programs: when stock and sources run out, what is
/// expected each day, and the reorder levels.
package struct ForecastReport: Sendable, Equatable {
  /// A run-out as times; nil: later than `horizonDays` business days.
  package struct Times: Sendable, Equatable {
    package var earliest: Timestamp?
    package var median: Timestamp?
    package var latest: Timestamp?
    /// Working days from now to the median, begun ones counted whole.
    package var workingDays: Int?

    init(_ runOut: RunOut, slots: [DemandSlot]) {
      earliest = runOut.earliest.map { slots[$0].start }
      median = runOut.median.map { slots[$0].start }
      latest = runOut.latest.map { slots[$0].start }
      workingDays = runOut.median.map { last in
        Int((slots[...last].reduce(0) { $0 + $1.share } - 1e-9).rounded(.up))
      }
    }
  }

  /// What one class is expected to lose on one business day.
  package struct Day: Sendable, Equatable {
    package var day: WorkDay
    package var mean: Double
    /// With a probability of 80 % no fewer and no more.
    package var band: ClosedRange<Int>
  }

  package struct OfClass: Sendable, Equatable {
    /// Available leads, ours in flight included.
    package var stock: Int
    package var minimum: Int
    /// Business days of known uptake.
    package var daysKnown: Int
    /// Nil: the history is too short.
    package var forecast: ClassForecast?
    /// The next business days, whole ones.
    package var days: [Day] = []
    package var runOut: Times?
    /// When it falls below its minimum; nil also when it is below already.
    package var belowMinimum: Times?
    /// What it would be ordered at, whether `planning.forecast` is on or not.
    package var reorder: ReorderLevel?
  }

  /// One source, used after those before it.
  package struct OfSource: Sendable, Equatable {
    package var name: String
    /// New leads in it.
    package var supply: Int
    /// When it and all before it are used up; nil: the history is too short.
    package var runOut: Times?
  }

  /// How far it looks.
  package static let horizonDays = 60
  package static let slotLength = Duration.seconds(1800)
  private static let daysShown = 5

  package var madeAt: Timestamp
  package var classes: PerClass<OfClass>
  package var sources: [OfSource]

  /// - Parameters:
  ///   - uptake: per business day that is over.
  ///   - stock: available leads with ours in flight; nil: never read.
  ///   - ahead: the business days from `now` on, `horizonDays` of them.
  package init(
    uptake: PerClass<[DailyUptake]>, stock: PerClass<Int>, sources: [(name: String, supply: Int)], policy: Policy,
    rules: Policy.Forecasting, ahead: [WorkDay], now: Timestamp
  ) {
    madeAt = now
    let slots = ahead.slots(of: ForecastReport.slotLength, from: now)
    var outlooks: [DemandOutlook] = []
    classes = uptake.map { leadClass, series in
      var ofClass = OfClass(
        stock: stock[leadClass], minimum: policy.minPerClass[leadClass],
        daysKnown: series.count { $0.count != nil })
      guard let forecast = ClassForecast(learning: series), !ahead.isEmpty else { return ofClass }
      let outlook = DemandOutlook(forecast, slots: slots)
      outlooks.append(outlook)
      ofClass.forecast = forecast
      ofClass.days = ahead.prefix(ForecastReport.daysShown).map { ForecastReport.day($0, forecast) }
      ofClass.runOut = Times(RunOut(stock: ofClass.stock, outlook: outlook), slots: slots)
      if ofClass.stock >= ofClass.minimum {
        let spare = ofClass.stock - ofClass.minimum + 1
        ofClass.belowMinimum = Times(RunOut(stock: spare, outlook: outlook), slots: slots)
      }
      ofClass.reorder = ReorderLevel(
        forecast, of: leadClass, policy: policy, rules: rules,
        days: Array(ahead.prefix(ForecastReport.daysShown)), now: now)
      return ofClass
    }
    let all = outlooks.count == LeadClass.allCases.count ? DemandOutlook(sumOf: outlooks) : nil
    var before = 0
    self.sources = sources.map { source in
      before += source.supply
      return OfSource(
        name: source.name, supply: source.supply,
        runOut: all.map { Times(RunOut(stock: before, outlook: $0), slots: slots) })
    }
  }

  /// Whether no class has enough history.
  package var isTooShort: Bool { LeadClass.allCases.allSatisfy { classes[$0].forecast == nil } }

  private static func day(_ day: WorkDay, _ forecast: ClassForecast) -> Day {
    let slot = DemandSlot(start: day.opening, weekday: day.weekday, share: 1)
    let demand = DemandOutlook(forecast, slots: [slot]).total
    return Day(day: day, mean: demand.mean, band: demand.quantile(0.1)...demand.quantile(0.9))
  }
}
