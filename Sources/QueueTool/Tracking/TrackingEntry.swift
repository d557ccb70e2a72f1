import Leads

/// One entry of a tracking file as the key of a lead, whatever type it was written in.
enum TrackingEntry: Equatable {
  case key(LeadKey)
  case unusable(Reason)

  enum Reason: Equatable {
    case notAnNPI
    case wrongCheckDigit
    case noNPIInside
    case wrongType
  }

  /// The names under which an object gives its lead away, best first.
  static let names = ["npi", "npi_number", "provider_npi", "lead_key", "key", "lead_id", "id"]

  init(_ scalar: TrackingScanner.Scalar) {
    switch scalar {
    case .text(let text): self.init(text: text)
    case .number(let written): self.init(number: written)
    case .word: self = .unusable(.wrongType)
    }
  }

  /// `members`: the scalar members of an object, by name.
  init(members: [String: TrackingScanner.Scalar]) {
    let entries = Self.names.compactMap { members[$0] }.map(TrackingEntry.init)
    let usable = entries.first { if case .key = $0 { true } else { false } }
    self = usable ?? entries.first ?? .unusable(.noNPIInside)
  }

  /// Ten digits, with or without what other programs add: blanks around, `.0` behind, `npi:` before. Keys of our own
  /// export too.
  init(text: String) {
    var rest = Substring(text)
    while rest.first?.isWhitespace == true { rest.removeFirst() }
    while rest.last?.isWhitespace == true { rest.removeLast() }
    if rest.hasPrefix("hash:") {
      let digits = rest.dropFirst(5)
      let isKey =
        digits.utf8.count == 64 && digits.utf8.allSatisfy { (48...57).contains($0) || (97...102).contains($0) }
      self = isKey ? .key(LeadKey(rawValue: String(rest))) : .unusable(.notAnNPI)
      return
    }
    if rest.hasPrefix("npi:") { rest = rest.dropFirst(4) }
    self.init(digits: Self.withoutFraction(rest))
  }

  /// A number may have gone through a program that knows floating point only.
  private init(number written: String) {
    if let value = Double(written), let whole = Int64(exactly: value) {
      self.init(digits: String(whole))
    } else {
      self = .unusable(.notAnNPI)
    }
  }

  private init(digits: String) {
    if let npi = NPI(digits) {
      self = .key(LeadKey(npi: npi))
    } else {
      let isTenDigits = digits.utf8.count == 10 && digits.utf8.allSatisfy { (48...57).contains($0) }
      self = .unusable(isTenDigits ? .wrongCheckDigit : .notAnNPI)
    }
  }

  private static func withoutFraction(_ text: Substring) -> String {
    guard let point = text.firstIndex(of: "."), point < text.index(before: text.endIndex),
      text[text.index(after: point)...].allSatisfy({ $0 == "0" })
    else { return String(text) }
    return String(text[..<point])
  }
}

extension TrackingEntry.Reason: CustomStringConvertible {
  var description: String {
    switch self {
    case .notAnNPI: "it is no NPI of ten digits and no lead key"
    case .wrongCheckDigit: "the check digit of the NPI is wrong"
    case .noNPIInside: "it has none of \(TrackingEntry.names.joined(separator: ", "))"
    case .wrongType: "it is neither text, number nor object"
    }
  }
}
