extension Smoothing {
  /// Fits a model to a series with at least one known day: the smoothing constants and the level at the beginning that make
  /// the sum of the squared one-day errors least. The season begins as the weekdays' distance from the mean.
  package static func fit(_ method: Method, to series: some Collection<Observation>) -> Smoothing {
    let season = method == .holtWinters ? weekdayDistances(series) : [Double](repeating: 0, count: 7)
    let days = series.compactMap { day in day.value.map { (value: $0, place: day.weekday - 1) } }
    return Search(days: days, method: method, season: season).best()
  }

  private static func weekdayDistances(_ series: some Collection<Observation>) -> [Double] {
    var sums = [Double](repeating: 0, count: 7)
    var counts = [Double](repeating: 0, count: 7)
    for day in series {
      guard let value = day.value else { continue }
      sums[day.weekday - 1] += value
      counts[day.weekday - 1] += 1
    }
    // The mean of the weekdays, not of the days: a weekday seen more often must not shift the level.
    let means = zip(sums, counts).map { $1 > 0 ? $0 / $1 : nil }
    let seen = means.compactMap { $0 }
    let centre = seen.reduce(0, +) / Double(max(1, seen.count))
    return means.map { $0.map { $0 - centre } ?? 0 }
  }

  /// A pattern search from the best point of a coarse grid; deterministic.
  private struct Search {
    /// The known days: count, and the weekday's place in the season.
    let days: [(value: Double, place: Int)]
    let method: Method
    let season: [Double]

    private static let coarse = [0, 0.05, 0.15, 0.35, 0.65, 1]
    private static let finest = 0.002

    func best() -> Smoothing {
      var best: (model: Smoothing, error: Double)?
      func consider(_ alpha: Double, _ gamma: Double) -> Bool {
        guard (0...1).contains(alpha), (0...1).contains(gamma), alpha + gamma <= 1 else { return false }
        let candidate = model(alpha: alpha, gamma: gamma)
        let error = squaredError(of: candidate)
        // By more than rounding, so that equal models do not wander.
        guard let leader = best, error >= leader.error * (1 - 1e-12) else {
          best = (candidate, error)
          return true
        }
        return false
      }
      for alpha in Self.coarse {
        for gamma in method == .holtWinters ? Self.coarse : [0] { _ = consider(alpha, gamma) }
      }
      var step = 0.1
      while step >= Self.finest {
        guard let centre = best?.model else { break }
        var isBetter = consider(centre.alpha - step, centre.gamma) || consider(centre.alpha + step, centre.gamma)
        if method == .holtWinters {
          isBetter =
            consider(centre.alpha, centre.gamma - step) || consider(centre.alpha, centre.gamma + step) || isBetter
        }
        if !isBetter { step /= 2 }
      }
      guard let best else { preconditionFailure("α = γ = 0 is on the grid") }
      return best.model
    }

    /// With the level at the beginning that fits best: the errors are linear in it, `e = u − w · level`, so that the least
    /// squares are `Σ w·u / Σ w²`. The season's own movement is left out of that.
    private func model(alpha: Double, gamma: Double) -> Smoothing {
      var (fixed, weight) = (0.0, 1.0)
      var (product, square) = (0.0, 0.0)
      for (value, place) in days {
        let seasonless = value - season[place]
        product += weight * (seasonless - fixed)
        square += weight * weight
        fixed += alpha * (seasonless - fixed)
        weight *= 1 - alpha
      }
      return Smoothing(
        method: method, alpha: alpha, gamma: gamma, level: square > 0 ? product / square : 0, season: season)
    }

    /// As `Smoothing.run` finds them, without a state that is handed on: this runs some hundred times for each fit.
    private func squaredError(of model: Smoothing) -> Double {
      var (level, season, sum) = (model.level, model.season, 0.0)
      for (value, place) in days {
        let error = value - level - season[place]
        level += model.alpha * error
        season[place] += model.gamma * error
        sum += error * error
      }
      return sum
    }
  }
}
