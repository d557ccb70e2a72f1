import Foundation
import Simulation

/// What many seeds add up to.
final class SeedTally {
  private let days: Int
  private let faults: Double
  private var seeds = 0
  private(set) var failures = 0
  private var transactions = 0
  private var created = 0
  private var struck: [Fault: Int] = [:]
  private let isTerminal = isatty(STDERR_FILENO) == 1

  init(days: Int, faults: Double) {
    self.days = days
    self.faults = faults
  }

  func add(_ report: Simulation.Report) {
    seeds += 1
    transactions += report.transactions
    created += report.created
    struck.merge(report.faults) { $0 + $1 }
    if isTerminal { FileHandle.standardError.write(Data("\r\(seeds) seeds, \(failures) failures".utf8)) }
    guard let violation = report.violation else { return }
    failures += 1
    for line in report.trace.suffix(60) { print("  \(line)") }
    print("BROKEN by seed \(report.seed), step \(report.steps): \(violation)")
    print("Replay: make simulate SEED=\(report.seed) DAYS=\(days) FAULTS=\(faults)")
  }

  func show(took: Duration) {
    if isTerminal { FileHandle.standardError.write(Data("\r\u{1B}[K".utf8)) }
    for fault in Fault.allCases where faults > 0 {
      let name = fault.rawValue.padding(toLength: 28, withPad: " ", startingAt: 0)
      print("\(name) \(struck[fault] ?? 0)")
    }
    let seconds = Double(took.components.seconds) + Double(took.components.attoseconds) / 1e18
    let pace = Int(Double(seeds * days) / max(seconds, 0.001) * 60)
    print("\(seeds) seeds of \(days) days: \(failures) broken promises")
    print("\(transactions) transactions, \(created) leads created; \(pace) simulated days a minute")
  }
}
