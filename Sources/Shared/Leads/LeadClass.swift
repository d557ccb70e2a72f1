/// A priority class that the CRM is kept stocked with. Records below it (class C) are never uploaded and have no case.
///
/// Bands of ours, on the score rounded down: ≥ 90 A+, ≥ 75 A, ≥ 60 B. The CRM's own bands differ (trap 3 of the CRM's
/// contract), so the class is always sent as `priority`.
public enum LeadClass: String, Sendable, Hashable, CaseIterable, Codable, Comparable {
  case aPlus = "A+"
  case a = "A"
  case b = "B"

  /// The class of a score; nil below 60.
  public init?(score: Int) {
    switch score {
    case 90...: self = .aPlus
    case 75...: self = .a
    case 60...: self = .b
    default: return nil
    }
  }

  private var rank: Int {
    switch self {
    case .aPlus: 0
    case .a: 1
    case .b: 2
    }
  }

  /// Best class first: A+ < A < B, the order of every list and of every tie.
  public static func < (left: LeadClass, right: LeadClass) -> Bool { left.rank < right.rank }
}

/// One value for each priority class.
public struct PerClass<Value> {
  public var aPlus: Value
  public var a: Value
  public var b: Value

  public init(aPlus: Value, a: Value, b: Value) {
    self.aPlus = aPlus
    self.a = a
    self.b = b
  }

  public init(repeating value: Value) {
    self.init(aPlus: value, a: value, b: value)
  }

  public subscript(_ leadClass: LeadClass) -> Value {
    get {
      switch leadClass {
      case .aPlus: aPlus
      case .a: a
      case .b: b
      }
    }
    set {
      switch leadClass {
      case .aPlus: aPlus = newValue
      case .a: a = newValue
      case .b: b = newValue
      }
    }
  }

  public func map<Other>(_ transform: (LeadClass, Value) throws -> Other) rethrows -> PerClass<Other> {
    try PerClass<Other>(aPlus: transform(.aPlus, aPlus), a: transform(.a, a), b: transform(.b, b))
  }
}

extension PerClass: Sendable where Value: Sendable {}
extension PerClass: Equatable where Value: Equatable {}
extension PerClass: Hashable where Value: Hashable {}

extension PerClass: Codable where Value: Codable {
  private enum CodingKeys: String, CodingKey {
    case aPlus = "A+"
    case a = "A"
    case b = "B"
  }
}

extension PerClass where Value: AdditiveArithmetic {
  public var sum: Value { aPlus + a + b }
}
