import CoreMetrics
import Timekeeping

/// What a store measures of its write transactions: how they end, how often one is run again, and how long callers wait for
/// theirs, turn and commit included.
struct StoreMeters: Sendable {
  private let committed: Counter
  /// The caller's own word, such as a lease that was lost.
  private let rolledBack: Counter
  private let busy: Counter
  private let failed: Counter
  private let retries: Counter
  private let time: Timer

  /// Nil when nobody measures: then the store does not even look at the clock.
  init?() {
    let factory = MetricsSystem.factory
    if factory is NOOPMetricsHandler { return nil }
    func counter(_ result: String) -> Counter {
      Counter(label: "lead_queue_store_transactions_total", dimensions: [("result", result)], factory: factory)
    }
    committed = counter("committed")
    rolledBack = counter("rolled_back")
    busy = counter("busy")
    failed = counter("failed")
    retries = Counter(label: "lead_queue_store_retries_total", factory: factory)
    time = Timer(label: "lead_queue_store_transaction_seconds", factory: factory)
  }

  func ended<Value>(_ result: Result<Value, any Error>, after wait: Duration) {
    switch result {
    case .success: committed.increment()
    case .failure(DatabaseError.busy): busy.increment()
    case .failure(is DatabaseError): failed.increment()
    case .failure: rolledBack.increment()
    }
    time.recordSeconds(wait.inSeconds)
  }

  /// A transaction that certainly did not happen is run again.
  func retried() {
    retries.increment()
  }
}
