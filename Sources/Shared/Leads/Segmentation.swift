/// The client segment of a lead, by rules that somebody configured.
package struct Segmentation: Sendable {
  /// Equal for equal rules: when it changes, every file is read again, and its leads get the segments of the new rules.
  package let fingerprint: String
  /// Pure. Empty: no segment.
  package let segment: @Sendable (Lead) -> String

  package init(fingerprint: String, segment: @escaping @Sendable (Lead) -> String) {
    self.fingerprint = fingerprint
    self.segment = segment
  }

  /// No lead has a segment.
  package static let none = Segmentation(fingerprint: "") { _ in "" }
}
