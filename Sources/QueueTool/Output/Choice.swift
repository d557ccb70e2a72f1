import ArgumentParser

/// An option that takes one of the cases of an enum of the modules below, by its stored name. Throws `ValidationError`,
/// which names them all.
func choice<Value: RawRepresentable & CaseIterable>(_ text: String) throws -> Value where Value.RawValue == String {
  guard let value = Value(rawValue: text) else {
    throw ValidationError("expected one of \(names(of: Value.self)).")
  }
  return value
}

extension ArgumentHelp {
  /// The help of such an option.
  static func choice<Value: RawRepresentable & CaseIterable>(_ text: String, _ type: Value.Type) -> ArgumentHelp
  where Value.RawValue == String {
    ArgumentHelp("\(text): \(names(of: type)).")
  }
}

private func names<Value: RawRepresentable & CaseIterable>(of type: Value.Type) -> String
where Value.RawValue == String {
  type.allCases.map(\.rawValue).joined(separator: ", ")
}
