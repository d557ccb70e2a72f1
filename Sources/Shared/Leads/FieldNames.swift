/// What a file calls the fields: the usual names, or names of its own for some of them.
package struct FieldNames: Sendable, Equatable {
  /// By our field; what is not here has its usual name.
  package let mapping: [SourceField: String]
  /// All names one after another.
  private let bytes: [UInt8]
  private let entries: [Entry]
  /// By hash: where the chain of entries begins, 0 for none, else one more than its place.
  private let heads: [UInt8]

  private struct Entry: Equatable {
    var field: SourceField
    var start: Int
    var count: Int
    /// As in `heads`.
    var next: UInt8
  }

  /// Every field by its usual name.
  package static let usual = FieldNames([:])

  /// A field that is mapped is known by its mapped name alone, and a name that stands for another field no longer for its own.
  package init(_ mapping: [SourceField: String]) {
    self.mapping = mapping
    let taken = Set(mapping.values)
    let named = SourceField.allCases.compactMap { field -> (SourceField, [UInt8])? in
      if let name = mapping[field] { return (field, Array(name.utf8)) }
      return taken.contains(field.name) ? nil : (field, Array(field.name.utf8))
    }
    var bytes: [UInt8] = []
    var entries: [Entry] = []
    var heads = [UInt8](repeating: 0, count: 256)
    for (field, name) in named {
      let slot = Self.hash(name.span)
      entries.append(Entry(field: field, start: bytes.count, count: name.count, next: heads[slot]))
      heads[slot] = UInt8(entries.count)
      bytes += name
    }
    (self.bytes, self.entries, self.heads) = (bytes, entries, heads)
  }

  /// The field of a name as it stands in a file; nil for a field that is ignored.
  package func field(_ name: Span<UInt8>) -> SourceField? {
    var place = heads[Self.hash(name)]
    while place != 0 {
      let entry = entries[Int(place) - 1]
      if entry.count == name.count, isEqual(name, at: entry.start) { return entry.field }
      place = entry.next
    }
    return nil
  }

  private func isEqual(_ name: Span<UInt8>, at start: Int) -> Bool {
    for at in 0..<name.count where bytes[start + at] != name[at] { return false }
    return true
  }

  /// Of length, first and last byte, which tell the usual names apart but for one pair.
  private static func hash(_ name: Span<UInt8>) -> Int {
    guard name.count > 0 else { return 0 }
    let mixed = name.count &* 37 &+ Int(name[0]) &* 11 &+ Int(name[name.count - 1]) &* 5
    return mixed & 255
  }

  /// The mapping as one text, equal for equal mappings; empty without any.
  package var fingerprint: String {
    mapping.sorted { $0.key.rawValue < $1.key.rawValue }.map { "\($0.key.name)=\($0.value)" }.joined(separator: ",")
  }
}
