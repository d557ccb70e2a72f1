import CoreMetrics
import Synchronization

/// One series of a metric. What they are told may come from any thread.
enum Series {
  case counter(CounterSeries)
  case gauge(GaugeSeries)
  case histogram(HistogramSeries)
}

/// Counts up.
final class CounterSeries: CounterHandler {
  private let count = Atomic<Int64>(0)

  var value: Int64 { count.load(ordering: .relaxed) }

  /// Amounts below zero are not counted: a counter that falls reads as a restart.
  func increment(by amount: Int64) {
    if amount > 0 { count.wrappingAdd(amount, ordering: .relaxed) }
  }

  func reset() { count.store(0, ordering: .relaxed) }
}

/// Goes up and down.
final class GaugeSeries: MeterHandler, RecorderHandler {
  private let state = Mutex(0.0)

  var value: Double { state.withLock { $0 } }

  func set(_ value: Int64) { set(Double(value)) }
  func set(_ value: Double) { state.withLock { $0 = value } }
  func increment(by amount: Double) { state.withLock { $0 += amount } }
  func decrement(by amount: Double) { state.withLock { $0 -= amount } }
  func record(_ value: Int64) { set(value) }
  func record(_ value: Double) { set(value) }
}

/// Sorts values into fixed buckets; times in seconds.
final class HistogramSeries: TimerHandler, RecorderHandler {
  private let state: Mutex<Histogram>

  init(bounds: [Double]) {
    state = Mutex(Histogram(bounds: bounds))
  }

  var value: Histogram { state.withLock { $0 } }

  func recordNanoseconds(_ duration: Int64) { record(Double(duration) / 1e9) }
  func record(_ value: Int64) { record(Double(value)) }
  func record(_ value: Double) { state.withLock { $0.record(value) } }
}
