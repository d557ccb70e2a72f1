import Foundation

/// Values of SciPy, kept beside the script that made them (Tests/PlanningTests/ReferenceValues/statistics.py).
struct ReferenceValues: Decodable {
  var logGamma: [[Double]]
  var incompleteBeta: [[Double]]
  var betaQuantile: [[Double]]
  var poisson: [[Double]]
  var poissonQuantile: [[Double]]
  var negativeBinomial: [[Double]]
  var negativeBinomialQuantile: [[Double]]

  static func read() throws -> ReferenceValues {
    let folder = URL(filePath: #filePath).deletingLastPathComponent()
    let file = folder.appending(path: "../ReferenceValues/statistics.json")
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    return try decoder.decode(ReferenceValues.self, from: Data(contentsOf: file))
  }
}

/// Whether two numbers agree to `digits`: relative to the expected one, or, where that is below 1e-290, absolutely.
func agree(_ value: Double, _ expected: Double, digits: Double = 1e-10) -> Bool {
  abs(value - expected) <= digits * abs(expected) + 1e-290
}
