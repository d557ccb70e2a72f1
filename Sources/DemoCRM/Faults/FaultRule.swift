import ArgumentParser

/// When a fault strikes: `NAME` always, `NAME:0.25` by chance, `NAME@2`, `NAME@2,5-7` at these bulk requests, from 1.
struct FaultRule: Sendable, Equatable {
  enum Trigger: Sendable, Equatable {
    case probability(Double)
    case requests([ClosedRange<Int>])
  }

  let fault: Fault
  let trigger: Trigger

  init(fault: Fault, trigger: Trigger) {
    self.fault = fault
    self.trigger = trigger
  }

  /// Reads one `--fault`. Throws `ValidationError` that names what is wrong.
  init(argument: String) throws {
    let end = argument.firstIndex { $0 == ":" || $0 == "@" } ?? argument.endIndex
    guard let fault = Fault(rawValue: String(argument[..<end])) else {
      let names = Fault.allCases.map(\.rawValue).joined(separator: ", ")
      throw ValidationError("--fault \(argument): there is no such fault. Known: \(names).")
    }
    self.fault = fault
    guard end < argument.endIndex else {
      trigger = .probability(1)
      return
    }
    let rest = String(argument[argument.index(after: end)...])
    if argument[end] == ":" {
      guard let probability = Double(rest), (0...1).contains(probability) else {
        throw ValidationError("--fault \(argument): a probability from 0 to 1 follows the colon.")
      }
      trigger = .probability(probability)
    } else {
      let ranges = rest.split(separator: ",", omittingEmptySubsequences: false).map(Self.range)
      guard !ranges.contains(nil) else {
        throw ValidationError("--fault \(argument): numbers of bulk requests from 1 follow the @, as in @2 or @2,5-7.")
      }
      trigger = .requests(ranges.compactMap { $0 })
    }
  }

  private static func range(_ text: Substring) -> ClosedRange<Int>? {
    let ends = text.split(separator: "-", omittingEmptySubsequences: false).map { Int($0) }
    guard let first = ends.first ?? nil, let last = ends.last ?? nil, ends.count <= 2, 1 <= first, first <= last else {
      return nil
    }
    return first...last
  }
}
