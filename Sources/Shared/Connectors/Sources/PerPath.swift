import Glibc

/// A value for each of some files, which are named by their paths or by patterns as a shell has them (`leads/*.csv`).
package struct PerPath<Value: Sendable>: Sendable {
  private let entries: [(pattern: String, value: Value)]

  /// By path or pattern.
  package init(_ values: [String: Value] = [:]) {
    // The longest first, which says most.
    entries = values.sorted { ($1.key.utf8.count, $0.key) < ($0.key.utf8.count, $1.key) }.map { ($0.key, $0.value) }
  }

  /// The value of a file: that of its own path, else that of the longest pattern it matches; nil when there is none.
  package subscript(path: String) -> Value? {
    (entries.first { $0.pattern == path } ?? entries.first { fnmatch($0.pattern, path, FNM_PATHNAME | FNM_PERIOD) == 0 })?
      .value
  }
}
