import ArgumentParser

/// A span of time as people write it: `45s`, `10min`, `2h`, `7d`.
struct Age: ExpressibleByArgument, Equatable, Sendable {
  static let longest = 36_500

  let text: String
  let duration: Duration

  init?(argument: String) {
    let digits = argument.prefix { $0.isASCII && $0.isNumber }
    let seconds = [("s", 1), ("min", 60), ("h", 3600), ("d", 86_400)].first { $0.0 == argument.dropFirst(digits.count) }
    guard let number = Int(digits), number > 0, let seconds, number <= Self.longest * 86_400 / seconds.1 else {
      return nil
    }
    text = argument
    duration = .seconds(number * seconds.1)
  }
}
