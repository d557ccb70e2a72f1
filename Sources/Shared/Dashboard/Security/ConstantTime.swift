import Database

/// Comparison of secrets whose time tells nothing of them.
enum ConstantTime {
  /// Whether both are the same text. Digests are compared rather than the texts, so that the length does not show either.
  static func equals(_ one: String, _ other: String) -> Bool {
    let (left, right) = (SHA256.digest(of: Array(one.utf8)), SHA256.digest(of: Array(other.utf8)))
    return zip(left, right).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) } == 0
  }
}
