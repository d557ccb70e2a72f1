/// A value that must never be shown: it prints as `•••` wherever it is interpolated, logged or dumped.
package struct Secret: Sendable, Equatable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  /// The value itself, for the one place that hands it over.
  package let revealed: String

  package init(_ value: String) {
    revealed = value
  }

  package var description: String { "•••" }
  package var debugDescription: String { "•••" }
  package var customMirror: Mirror { Mirror(self, children: []) }
}
