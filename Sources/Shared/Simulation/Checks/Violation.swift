/// A promise that was broken. The first one ends the simulation.
struct Violation: Error, CustomStringConvertible {
  let promise: String
  let finding: String

  var description: String { "\(promise): \(finding)" }

  init(_ promise: String, _ finding: String) {
    self.promise = promise
    self.finding = finding
  }
}
